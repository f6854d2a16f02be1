import { createSigner, exportPrivateJwk, generateKey, inspect } from '@countersign/token'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  boundKeyOf,
  newKeyEncryptionKeys,
  ringOf,
  ringRuntime,
} from '../../store/contracts/keys.fixture.ts'
import { createStore } from '../../store/store.ts'
import { Secret } from '../kernel/secret.ts'
import { ensureSigningKeys } from './ensure-signing-keys.ts'
import { openIssuer } from './open-issuer.ts'
import type { KeyPolicy } from './plan-rotation.ts'
import { rotateByHand, rotateSigningKeys } from './rotate-signing-keys.ts'
import { encrypt } from '../kernel/encryption.ts'
import { activeOf } from './signing-key.ts'

const url = 'https://auth.example.com'
const claims = { sub: 'ada', aud: 'a' }

/** An issuer on a store of its own, with a clock that is wound by hand, counted looks and what it logged. */
async function opened(policy: Partial<KeyPolicy> = {}) {
  const store = await createStore({ kind: 'sqlite', file: ':memory:' })
  let now = 0
  let looks = 0
  const faults: unknown[] = []
  const counting = {
    ...store,
    signingKeys: { ...store.signingKeys, list: () => (looks++, store.signingKeys.list()) },
  }
  const quiet = () => undefined
  const log = { info: quiet, warn: quiet, error: (facts: object) => void faults.push(facts) }
  const runtime = { ...ringRuntime(store, 0, policy), clock: { now: () => now }, log }
  await ensureSigningKeys(runtime)
  await rotateSigningKeys(runtime)
  const issuer = openIssuer({ ...runtime, store: counting, url })
  return {
    issuer,
    runtime,
    store,
    faults,
    looks: () => looks,
    wind: (by: number) => (now += by),
    [Symbol.asyncDispose]: () => store.close(),
  }
}

test('before it is loaded an issuer signs, verifies and publishes nothing', async () => {
  await using world = await opened()
  const { issuer } = world
  assert.throws(() => issuer.signer.sign(claims), { code: 'internal' })
  assert.throws(() => issuer.published(), { code: 'internal' })
})

test('unknown keys make it read the ring once in five seconds, however many requests bring them', async () => {
  await using world = await opened()
  await world.issuer.reload()
  const ask = () => Promise.all(Array.from({ length: 50 }, () => world.issuer.catchUp()))
  assert.ok((await ask()).every(Boolean), 'the reads of each second do not count')
  assert.equal(world.looks(), 2)
  await world.issuer.reload()
  assert.ok((await ask()).every((looked) => !looked))
  world.wind(5)
  assert.ok((await ask()).every(Boolean))
  assert.equal(world.looks(), 4)
  assert.ok((await ask()).every((looked) => !looked))
})

test('a verified token stays cached across a reload: its key is the same object', async () => {
  await using world = await opened()
  await world.issuer.reload()
  const token = world.issuer.signer.sign(claims)
  const first = world.issuer.verifier.verify(token)
  await world.issuer.reload()
  assert.equal(world.issuer.verifier.verify(token), first)
})

test('a standby key that cannot be decrypted is logged, and stops no running server', async () => {
  await using world = await opened()
  await world.issuer.reload()
  const other = { ...world.runtime, keyEncryptionKeys: newKeyEncryptionKeys() }
  world.wind(100 * 86_400)
  await rotateSigningKeys(other)
  await world.issuer.reload()
  assert.equal(world.faults.length, 1)
  assert.equal(world.issuer.verifier.verify(world.issuer.signer.sign(claims)).claims.sub, 'ada')

  const active = activeOf(await ringOf(world.store), 100 * 86_400, 'ES256')
  await rotateByHand(other, active!.id, 'now')
  await assert.rejects(world.issuer.reload(), { code: 'decryption_failed' })
  assert.throws(() => world.issuer.signer.sign(claims), { code: 'decryption_failed' })
  const late = openIssuer({ ...world.runtime, url })
  await assert.rejects(late.reload(), { code: 'decryption_failed' }, 'nor does another start')
})

test('a ciphertext that was moved to another key does not sign', async () => {
  await using world = await opened()
  const [first] = await ringOf(world.store)
  const foreign = generateKey('ES256')
  const { current } = world.runtime.keyEncryptionKeys
  const text = new Secret(JSON.stringify(exportPrivateJwk(foreign)))
  const moved = encrypt(text, current, foreign.id, world.runtime.random)
  const { id: context, encrypted } = first!
  await world.store.signingKeys.replaceEncrypted({ context, encrypted }, moved)
  await assert.rejects(world.issuer.reload(), { code: 'decryption_failed' })
})

test('a key retires by the clock, also without a reload', async () => {
  await using world = await opened()
  const { issuer } = world
  await issuer.reload()
  const old = issuer.signer.sign(claims)
  world.wind(90 * 86_400)
  assert.equal(issuer.published().keys.length, 2)
  assert.notEqual(inspect(issuer.signer.sign(claims)).header['kid'], inspect(old).header['kid'])
  assert.throws(() => issuer.verifier.verify(old), { code: 'token_expired' })
  world.wind(25 * 3_600)
  assert.equal(issuer.published().keys.length, 1)
  assert.throws(() => issuer.verifier.verify(old), { code: 'key_unknown' })
})

test('[A7] a token of one chain cannot pass for one of another: the key has the algorithm, not the header', async () => {
  await using world = await opened({ algorithms: ['ES256', 'RS256'] })
  const { issuer } = world
  await issuer.reload()
  const [es, rs] = [issuer.signer.sign(claims), issuer.signerFor('RS256').sign(claims)]
  assert.deepEqual(
    [es, rs, issuer.signerFor('PS256').sign(claims)].map((one) => inspect(one).header['alg']),
    ['ES256', 'RS256', 'ES256'],
  )
  const withHeader = (token: string, header: object) => {
    const [, ...rest] = token.split('.')
    const text = JSON.stringify({ ...inspect(token).header, ...header })
    return [Buffer.from(text).toString('base64url'), ...rest].join('.')
  }
  const kidOf = (token: string) => ({ kid: inspect(token).header['kid'] })
  const forged = [
    [withHeader(rs, { alg: 'ES256' }), 'key_algorithm_wrong'],
    [withHeader(rs, { alg: 'PS256' }), 'key_algorithm_wrong'],
    [withHeader(rs, kidOf(es)), 'key_algorithm_wrong'],
    [withHeader(rs, { ...kidOf(es), alg: 'ES256' }), 'token_malformed signature_wrong'],
    [withHeader(rs, { alg: 'HS256' }), 'algorithm_not_allowed'],
  ] as const
  for (const [token, codes] of forged)
    assert.throws(
      () => issuer.verifier.verify(token),
      (error: Error & { readonly code: string }) => codes.includes(error.code),
      codes,
    )
  assert.equal(issuer.verifier.verify(rs).claims.sub, 'ada')
})

test('a token of a foreign key is rejected, and a revoked key is not published', async () => {
  await using world = await opened()
  await world.issuer.reload()
  const foreign = createSigner({
    key: generateKey('ES256'),
    issuer: url,
    lifetime: 60,
    clock: { now: () => 0 },
  })
  assert.throws(() => world.issuer.verifier.verify(foreign.sign(claims)), { code: 'key_unknown' })
  await world.store.signingKeys.add(boundKeyOf({ activatedAt: 0, retiredAt: 1, revokedAt: 0 }))
  await world.issuer.reload()
  assert.equal(world.issuer.published().keys.length, 2)
})
