import { createGuard } from '@countersign/guard'
import { createServer, loadConfig } from '@countersign/server'
import { findProgram, howToGet } from '@countersign/testing/debian'
import { scratch } from '@countersign/testing/files'
import { freePort, post } from '@countersign/testing/http'
import { run } from '@countersign/testing/process'
import { askPython, pythonLacks } from '@countersign/testing/python'
import { tampered } from '@countersign/testing/tokens'
import { inspect, type PublicJwk } from '@countersign/token'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import assert from 'node:assert/strict'
import { createPublicKey, type webcrypto } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'

// A server with several algorithms, and libraries of others that verify a token of each with the key set as it is published.

const algorithms = ['ES256', 'RS256', 'ML-DSA-44'] as const
type Algorithm = (typeof algorithms)[number]
const audienceOf = (algorithm: Algorithm) => `https://${algorithm.toLowerCase()}.example.com`

const pyJwtProgram = `
import json, sys, jwt
def verdict(one):
    try:
        key = jwt.PyJWKClient(one["url"] + "/.well-known/jwks.json").get_signing_key_from_jwt(one["token"])
        jwt.decode(one["token"], key.key, algorithms=[one["algorithm"]], audience=one["audience"], issuer=one["url"],
                   options={"require": ["exp", "iat", "iss", "aud", "sub", "jti"]})
        return "good"
    except jwt.PyJWTError as error:
        return type(error).__name__
print(json.dumps([verdict(one) for one in json.load(sys.stdin)]))
`

suite('a server with keys of ES256, RS256 and ML-DSA-44 at once', () => {
  const opened = new AsyncDisposableStack()
  const folder = scratch()
  let url = ''
  let signedIn = ''
  let client: Readonly<Record<string, unknown>> = {}

  const asAdmin = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${signedIn}`, 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify(body) }
    const response = await fetch(`${url}${path}`, init)
    const answer = (await response.json()) as Readonly<Record<string, unknown>>
    assert.ok(response.ok, JSON.stringify(answer))
    return answer
  }
  const jwks = async () => {
    const { keys } = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as {
      readonly keys: readonly PublicJwk[]
    }
    return keys
  }
  /** Gets a token for the resource of an algorithm, by client credentials. */
  async function tokenOf(algorithm: Algorithm): Promise<string> {
    const { client_id, client_secret } = client
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: String(client_id),
      client_secret: String(client_secret),
      resource: audienceOf(algorithm),
    })
    const response = await fetch(`${url}/oauth/token`, { method: 'POST', body })
    return String(((await response.json()) as Readonly<Record<string, unknown>>)['access_token'])
  }
  const byJose = (token: string, algorithm: Algorithm) => {
    const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', url))
    const audience = audienceOf(algorithm)
    const options = { issuer: url, audience, typ: 'at+jwt', algorithms: [algorithm] }
    return jwtVerify(token, keys, options).then(
      () => 'good',
      (error: Error) => error.name,
    )
  }

  before(async () => {
    const port = String(await freePort())
    url = `http://localhost:${port}`
    const env = {
      COUNTERSIGN_HTTP_PORT: port,
      COUNTERSIGN_DATABASE_URL: 'sqlite::memory:',
      COUNTERSIGN_LOG_LEVEL: 'silent',
      COUNTERSIGN_KEYS_ALGORITHMS: algorithms.join(', '),
    }
    const server = opened.use(await createServer(loadConfig({ mode: 'development', env })))
    await server.listen()
    const { body } = await post(`${url}/login`, { username: 'admin', password: 'password' })
    signedIn = String(body['token'])
    for (const algorithm of algorithms)
      await asAdmin('/admin/resources', { audience: audienceOf(algorithm), scopes: [], algorithm })
    const made = { name: 'worker', scopes: [], resources: algorithms.map(audienceOf) }
    const { id, client_secret } = await asAdmin('/admin/clients', made)
    client = { client_id: id, client_secret }
  })

  after(async () => {
    await opened.disposeAsync()
    folder[Symbol.dispose]()
  })

  test('the key set has two keys of each, and each resource gets its algorithm', async () => {
    const known = (await jwks()).map(({ alg }) => alg)
    assert.deepEqual(known.toSorted(), [...algorithms, ...algorithms].toSorted())
    assert.equal(inspect(signedIn).header['alg'], 'ES256', 'the first one signs sign-ins')
    for (const algorithm of algorithms)
      assert.equal(inspect(await tokenOf(algorithm)).header['alg'], algorithm)
  })

  test('jose verifies all of them', async () => {
    for (const algorithm of algorithms) {
      const token = await tokenOf(algorithm)
      assert.equal(await byJose(token, algorithm), 'good')
      assert.match(await byJose(tampered(token), algorithm), /Signature/)
    }
  })

  const skip = pythonLacks('python3-jwt', 'python3-cryptography')
  test('PyJWT verifies ES256 and RS256, and is not disturbed by ML-DSA', { skip }, async () => {
    const asked = []
    for (const algorithm of ['ES256', 'RS256'] as const) {
      const one = { url, algorithm, audience: audienceOf(algorithm) }
      const token = await tokenOf(algorithm)
      asked.push({ ...one, token }, { ...one, token: tampered(token) })
    }
    const [bad, good] = ['InvalidSignatureError', 'good']
    assert.deepEqual(await askPython(pyJwtProgram, asked), [good, bad, good, bad])
  })

  const golangJwt = findProgram('jwt')
  const without = golangJwt === undefined && howToGet('jwt')
  test('golang-jwt verifies ES256 and RS256', { skip: without }, async () => {
    const keys = await jwks()
    const file = join(folder.path, 'key.pem')
    const verdict = async (algorithm: Algorithm, input: string) => {
      const program = [String(golangJwt), '-verify', '-', '-alg', algorithm, '-key', file]
      return (await run(program, { input })).code
    }
    for (const algorithm of ['ES256', 'RS256'] as const) {
      const token = await tokenOf(algorithm)
      const key = keys.find(({ kid }) => kid === inspect(token).header['kid'])
      const publicKey = createPublicKey({ key: { ...key } as webcrypto.JsonWebKey, format: 'jwk' })
      writeFileSync(file, publicKey.export({ type: 'spki', format: 'pem' }))
      assert.equal(await verdict(algorithm, token), 0)
      assert.equal(await verdict(algorithm, tampered(token)), 1)
    }
  })

  test('a guard accepts the algorithms that it allows, and reads the status list if the first of the server is one', async () => {
    const audience = audienceOf('RS256')
    const verdict = async (allowed: readonly Algorithm[] | undefined, token: string) => {
      using guard = createGuard({
        issuer: url,
        audience,
        ...(allowed && { algorithms: allowed }),
        revocation: 'poll',
        maxExplanations: 0,
        onEvent: () => undefined,
      })
      const answer = await guard.checkToken(token)
      return answer.allowed ? 'allowed' : answer.problem.code
    }
    const token = await tokenOf('RS256')
    assert.equal(await verdict(undefined, token), 'allowed', 'each key has one algorithm')
    assert.equal(await verdict(['RS256', 'ES256'], token), 'allowed')
    assert.equal(await verdict(['ES256'], token), 'token_invalid')
    assert.equal(
      await verdict(['RS256'], token),
      'revocation_unknown',
      'it trusts no list of ES256',
    )
  })

  test('one chain is replaced at once, and the tokens of the others stay good', async () => {
    const earlier = await Promise.all(algorithms.map(tokenOf))
    await asAdmin('/admin/keys', { algorithm: 'RS256', compromised: true })
    const verdicts = await Promise.all(earlier.map((token, at) => byJose(token, algorithms[at]!)))
    assert.deepEqual(verdicts, ['good', 'JWKSNoMatchingKey', 'good'])
    assert.equal(await byJose(await tokenOf('RS256'), 'RS256'), 'good')
  })
})
