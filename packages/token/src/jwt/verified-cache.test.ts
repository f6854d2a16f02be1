import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  codeOf,
  ecKey,
  forge,
  goodClaims,
  headerFor,
  hmacKey,
  now,
  policyFor,
} from './forge.fixture.ts'
import type { KeySource } from '../jwks/key-set.ts'
import { fixedClock } from '../testing.ts'
import type { ProvenClaims } from './claims.ts'
import { createVerifiedCache, type CachedToken } from './verified-cache.ts'
import { createVerifier } from './verifier.ts'

const good = forge(ecKey, headerFor(ecKey))

suite('a cached token', () => {
  test('is returned as the same frozen value', () => {
    const verifier = createVerifier(policyFor(ecKey))
    const first = verifier.verify(good)
    assert.equal(verifier.verify(`${good.slice(0, 9)}${good.slice(9)}`), first)
    assert.throws(() => Object.assign(first.claims, { sub: 'eve' }), TypeError)
    assert.throws(() => Object.assign(first, { keyId: 'x' }), TypeError)
  })

  test('[F36] still expires at its exp, with or without iat', () => {
    const { iat: _, ...timeless } = goodClaims
    for (const claims of [goodClaims, timeless]) {
      const clock = fixedClock(now)
      const verifier = createVerifier(policyFor(ecKey, { clock, required: [], leeway: 0 }))
      const token = forge(ecKey, headerFor(ecKey), claims)
      verifier.verify(token)
      clock.advance(59)
      assert.equal(
        codeOf(() => verifier.verify(token)),
        'none',
      )
      clock.advance(1)
      assert.equal(
        codeOf(() => verifier.verify(token)),
        'token_expired',
      )
    }
  })

  test('[F36] is rejected as too old or not yet valid by the current clock', () => {
    const clock = fixedClock(now)
    const verifier = createVerifier(policyFor(ecKey, { clock, maxAge: 10, leeway: 0 }))
    verifier.verify(good)
    clock.advance(11)
    assert.equal(
      codeOf(() => verifier.verify(good)),
      'token_too_old',
    )
    clock.advance(-12)
    assert.equal(
      codeOf(() => verifier.verify(good)),
      'token_issued_in_future',
    )
  })

  test('[F36] is rejected once its key is gone', () => {
    let keys: readonly (typeof ecKey)[] = [ecKey]
    const source: KeySource = { find: ({ kid }) => keys.find(({ id }) => id === kid) }
    const verifier = createVerifier(policyFor(ecKey, { keys: source }))
    verifier.verify(good)
    keys = []
    assert.equal(
      codeOf(() => verifier.verify(good)),
      'key_unknown',
    )
    keys = [ecKey]
    assert.equal(
      codeOf(() => verifier.verify(good)),
      'none',
    )
  })

  test('[F35] is not returned for a token that merely ends like it', () => {
    for (const key of [ecKey, hmacKey]) {
      const verifier = createVerifier(policyFor(key))
      const token = forge(key, headerFor(key))
      verifier.verify(token)
      const tail = token.slice(-30)
      const evil = forge(key, headerFor(key), { ...goodClaims, sub: 'eve' }).slice(0, -30) + tail
      assert.equal(
        codeOf(() => verifier.verify(evil)),
        'signature_wrong',
      )
      assert.notEqual(
        codeOf(() => verifier.verify(tail)),
        'none',
      )
    }
  })

  test('[F36] is not returned by a verifier of another policy', () => {
    createVerifier(policyFor(ecKey)).verify(good)
    const other = createVerifier(policyFor(ecKey, { audience: 'other' }))
    assert.equal(
      codeOf(() => other.verify(good)),
      'audience_wrong',
    )
  })
})

test('a cache never exceeds its size, and always has the newest half', () => {
  const cache = createVerifiedCache(100)
  const all = Array.from(
    { length: 1000 },
    (_, at) => ({ token: `token-${String(at).padStart(30, '0')}` }) as CachedToken<ProvenClaims>,
  )
  for (const one of all) cache.add(one)
  const found = all.map((one) => cache.find(one.token) === one)
  assert.ok(found.filter(Boolean).length <= 100)
  assert.ok(found.slice(-50).every(Boolean))
})

test('without a cache every call returns a new value', () => {
  const verifier = createVerifier(policyFor(ecKey, { cacheSize: 0 }))
  assert.notEqual(verifier.verify(good), verifier.verify(good))
})
