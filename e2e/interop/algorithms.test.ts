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

// The standard library of Java: each line has the algorithm, the token, and the numbers of the key.
const javaProgram = `
import java.math.BigInteger;
import java.security.*;
import java.security.spec.*;
import java.util.*;

class Verify {
  static byte[] bytes(String text) { return Base64.getUrlDecoder().decode(text); }
  static BigInteger number(String text) { return new BigInteger(1, bytes(text)); }
  static PublicKey key(String algorithm, String first, String second) throws Exception {
    if (algorithm.equals("RS256"))
      return KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(number(first), number(second)));
    AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
    curve.init(new ECGenParameterSpec("secp256r1"));
    ECPoint point = new ECPoint(number(first), number(second));
    return KeyFactory.getInstance("EC").generatePublic(
      new ECPublicKeySpec(point, curve.getParameterSpec(ECParameterSpec.class)));
  }
  public static void main(String[] none) throws Exception {
    for (Scanner lines = new Scanner(System.in); lines.hasNextLine();) {
      String[] one = lines.nextLine().split(" ");
      Signature signature = Signature.getInstance(
        one[0].equals("RS256") ? "SHA256withRSA" : "SHA256withECDSAinP1363Format");
      signature.initVerify(key(one[0], one[2], one[3]));
      int end = one[1].lastIndexOf('.');
      signature.update(one[1].substring(0, end).getBytes("US-ASCII"));
      System.out.println(signature.verify(bytes(one[1].substring(end + 1))));
    }
  }
}
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

  const java = findProgram('java', 'openjdk-17-jdk-headless')
  const without = java === undefined && howToGet('openjdk-17-jdk-headless')
  test('the standard library of Java verifies ES256 and RS256', { skip: without }, async () => {
    const file = join(folder.path, 'Verify.java')
    writeFileSync(file, javaProgram)
    const keys = await jwks()
    const lines = []
    for (const algorithm of ['ES256', 'RS256'] as const) {
      const token = await tokenOf(algorithm)
      const jwk = keys.find(({ kid }) => kid === inspect(token).header['kid'])
      const [first, second] = algorithm === 'RS256' ? [jwk?.n, jwk?.e] : [jwk?.x, jwk?.y]
      for (const one of [token, tampered(token)])
        lines.push(`${algorithm} ${one} ${first} ${second}`)
    }
    const input = `${lines.join('\n')}\n`
    const { output } = await run([String(java), file], { input })
    assert.equal(output.trim(), 'true\nfalse\ntrue\nfalse')
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
