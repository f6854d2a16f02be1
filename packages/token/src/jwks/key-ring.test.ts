import { assert as check, array, constantFrom, property } from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf, forge, headerFor, now, policyFor, secret } from '../jwt/forge.fixture.ts'
import { generateKey, importSecret } from '../jwk/key.ts'
import { keyRing, newKeyRing, type KeyRing } from './key-ring.ts'
import { createVerifier } from '../jwt/verifier.ts'

const [first, second, third] = [generateKey('ES256'), generateKey('ES256'), generateKey('EdDSA')]
const states = (ring: KeyRing) => ring.entries.map(({ state }) => state).join(' ')
const codeFor = (ring: KeyRing, key = first) => {
  const policy = policyFor(key, { keys: ring, algorithms: ['ES256', 'EdDSA'] })
  return codeOf(() => createVerifier(policy).verify(forge(key, headerFor(key))))
}

test('a key is published before it signs, and trusted until its last token has expired', () => {
  const one = newKeyRing(first, now)
  assert.equal(one.active, first)
  assert.equal(one.standby, undefined)

  const introduced = one.introduce(second, now + 10)
  assert.equal(introduced.active, first)
  assert.equal(introduced.standby, second)
  assert.equal(codeFor(introduced, second), 'none') // another process may have rotated already

  const rotated = introduced.rotate(now + 20)
  assert.equal(rotated.active, second)
  assert.equal(states(rotated), 'retiring active')
  assert.equal(codeFor(rotated, first), 'none')

  assert.equal(states(rotated.prune(now + 20 + 899, 900)), 'retiring active')
  const pruned = rotated.prune(now + 20 + 900, 900)
  assert.equal(states(pruned), 'retired active')
  assert.equal(codeFor(pruned, first), 'key_unknown')
  assert.deepEqual(
    pruned.published().keys.map(({ kid }) => kid),
    [second.id],
  )
})

test('every change returns a new ring', () => {
  const one = newKeyRing(first, now)
  const two = one.introduce(second, now)
  two.rotate(now)
  assert.equal(states(one), 'active')
  assert.equal(states(two), 'active standby')
  assert.throws(() => (two.entries as unknown[]).push(1) && Object.assign(two, { active: third }))
})

test('the algorithm changes with a rotation, and both keys are published meanwhile', () => {
  const ring = newKeyRing(first, now).introduce(third, now).rotate(now)
  assert.equal(ring.active.algorithm, 'EdDSA')
  assert.equal(codeFor(ring, third), 'none')
  assert.deepEqual(
    ring.published().keys.map(({ alg }) => alg),
    ['ES256', 'EdDSA'],
  )
})

test('a leaked key is revoked at once, unless it is the active one', () => {
  const ring = newKeyRing(first, now).introduce(second, now).rotate(now)
  assert.equal(codeFor(ring.revoke(first.id, now), first), 'key_unknown')
  assert.equal(
    codeOf(() => ring.revoke(second.id, now)),
    'key_ring_invalid',
  )
})

test('an invalid ring is rejected', () => {
  const active = { key: first, state: 'active', since: now } as const
  const standby = { key: second, state: 'standby', since: now } as const
  for (const entries of [
    [],
    [standby],
    [active, { ...active, key: second }],
    [active, standby, { ...standby, key: third }],
    [active, { ...standby, key: first }],
  ]) {
    assert.equal(
      codeOf(() => keyRing(entries)),
      'key_ring_invalid',
    )
  }
  assert.equal(
    codeOf(() => keyRing([{ ...active, key: { ...first } }])),
    'key_invalid',
  )
  assert.equal(
    codeOf(() => newKeyRing(first, now).introduce(importSecret(secret, 'HS256'), now)),
    'jwks_invalid',
  )
  assert.equal(
    codeOf(() => newKeyRing(first, now).rotate(now)),
    'key_ring_invalid',
  )
  const full = newKeyRing(first, now).introduce(second, now)
  assert.equal(
    codeOf(() => full.introduce(third, now)),
    'key_ring_invalid',
  )
})

test('after any sequence of changes, one key signs, and no key is retired before its tokens have expired', () => {
  const longest = 900
  const step = constantFrom('introduce', 'rotate', 'prune', 'wait')
  check(
    property(array(step, { maxLength: 20 }), (steps) => {
      let ring = newKeyRing(first, now)
      let at = now
      const lastSigned = new Map<string, number>()
      for (const one of steps) {
        lastSigned.set(ring.active.id, at)
        at += 300
        if (one === 'introduce' && !ring.standby) ring = ring.introduce(generateKey('EdDSA'), at)
        if (one === 'rotate' && ring.standby) {
          lastSigned.set(ring.active.id, at)
          ring = ring.rotate(at)
        }
        if (one === 'prune') ring = ring.prune(at, longest)
        const published = new Set(ring.published().keys.map(({ kid }) => kid))
        for (const [id, signedAt] of lastSigned)
          assert.ok(at >= signedAt + longest || published.has(id), steps.join(' '))
      }
    }),
    { numRuns: 100 },
  )
})
