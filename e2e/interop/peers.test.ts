import { createGuard } from '@countersign/guard'
import {
  createSigner,
  createVerifier,
  exportPrivateJwk,
  generateKey,
  importSecret,
  localKeySet,
  systemClock,
  toJwks,
  type Algorithm,
  type SigningKey,
} from '@countersign/token'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { parties, peers, type Peer } from './peers.fixture.ts'
import { tampered } from '@countersign/testing/tokens'

const secret = 'HkN0pQ7vXy2LrT9cWb4sZd8fGa1jEm6u'
const secretJwk = {
  kty: 'oct',
  k: Buffer.from(secret).toString('base64url'),
  kid: 'shared',
  alg: 'HS256',
}

function newKey(algorithm: Algorithm): SigningKey {
  return algorithm === 'HS256'
    ? importSecret(secret, algorithm, { id: 'shared' })
    : generateKey(algorithm)
}

const isShared = ({ algorithm }: SigningKey) => algorithm === 'HS256'
const privateJwk = (key: SigningKey) => (isShared(key) ? secretJwk : exportPrivateJwk(key))
const published = (key: SigningKey) =>
  isShared(key) ? { keys: [secretJwk] } : { keys: [...toJwks([key, generateKey('ES256')]).keys] }

function guardOf(key: SigningKey, type: string) {
  const keys = isShared(key) ? localKeySet([key]) : localKeySet(toJwks([key]))
  const policy = { issuer: parties.iss, audience: parties.aud, algorithms: [key.algorithm], keys }
  return createGuard({ verifier: createVerifier({ ...policy, type }) })
}

function claimsNow() {
  const iat = systemClock.now()
  return {
    ...parties,
    sub: 'adä',
    iat,
    exp: iat + 60,
    jti: crypto.randomUUID(),
    scope: 'notes:read',
    n: [1, { deep: 'true' }],
  }
}

function both(peer: Peer): void {
  const keys = peer.algorithms.map(newKey)

  test(`a guard accepts its tokens of every algorithm: ${peer.algorithms.join(', ')}`, async () => {
    const claims = claimsNow()
    const tokens = await peer.sign(
      keys.map((key) => ({ algorithm: key.algorithm, jwk: privateJwk(key), claims })),
    )
    assert.equal(tokens.length, keys.length)
    for (const [at, key] of keys.entries()) {
      const [guard, token = ''] = [guardOf(key, peer.type), tokens[at]]
      const answer = await guard.checkToken(token, { scopes: ['notes:read'] })
      assert.ok(answer.allowed, `${key.algorithm}: ${answer.allowed || answer.cause?.message}`)
      assert.deepEqual({ ...answer.principal.claims }, claims)
      const refused = await guard.checkToken(tampered(token))
      assert.equal(refused.allowed ? 'allowed' : refused.cause?.code, 'signature_wrong')
    }
  })

  test('it accepts our tokens with the same claims, and refuses a changed one', async () => {
    const { iss, aud, ...claims } = claimsNow()
    const asked = keys.flatMap((key) => {
      const { jti: _, iat: __, exp: ___, ...more } = claims
      const token = createSigner({ key, issuer: iss, lifetime: 60 }).sign({ ...more, aud })
      const one = { algorithm: key.algorithm, jwks: published(key) }
      return [
        { ...one, token },
        { ...one, token: tampered(token) },
      ]
    })
    const answers = await peer.verify(asked)
    for (const [at, { algorithm, token }] of asked.entries()) {
      const answer = answers[at]
      if (at % 2 === 1) assert.match(String(answer), /Signature/, algorithm)
      else {
        assert.equal(typeof answer, 'object', `${algorithm}: ${String(answer)}`)
        const [, body = ''] = token.split('.')
        assert.deepEqual(answer, JSON.parse(Buffer.from(body, 'base64url').toString()))
      }
    }
  })
}

for (const peer of peers)
  suite(`interoperability with ${peer.name}`, { skip: peer.skip }, () => both(peer))
