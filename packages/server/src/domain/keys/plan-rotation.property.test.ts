import type { PublicAlgorithm } from '@countersign/token/internal'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { array, assert as check, constantFrom, integer, property, record } from 'fast-check'
import {
  afterStep,
  planRotation,
  type KeyPolicy,
  type KeyStep,
  planReplacement,
  planEarlyRotation,
} from './plan-rotation.ts'
import { activeOf, algorithmsIn, signingKeysOf, stateOf, type KeyRing } from './signing-key.ts'

const [minute, hour, day] = [60, 3_600, 86_400]
const maxLifetime = day // what a signer gives at most
const leeway = 300 // what a verifier allows at most
const skews = [-10 * minute, 0, 10 * minute] // of the servers' clocks

const algorithmNames = ['ES256', 'EdDSA', 'ML-DSA-44'] as const

const happening = record({
  kind: constantFrom(
    'wait',
    'wait',
    'job',
    'job',
    'algorithm',
    'period',
    'rotate',
    'now',
    'revoke',
  ),
  wait: constantFrom(1, minute, hour, 6 * hour, day, 5 * day, 40 * day),
  times: integer({ min: 1, max: 9 }),
})

/** A ring that lives through anything, and a book of what each server signed meanwhile. */
function life(lead: number) {
  const publicJwk = { kty: 'EC' } as const
  const first = { id: 'k0', algorithm: 'ES256' as const, publicJwk, encrypted: 'encrypted' }
  const since = { createdAt: 0, activatedAt: 0, retiredAt: null, revokedAt: null }
  let ring: KeyRing = [{ ...first, ...since }]
  let policy: KeyPolicy = { algorithms: ['ES256'], rotationPeriod: 30 * day, publicationLead: lead }
  let now = 0
  let made = 0
  const signed = new Map<string, number>() // the last time that a key signed, at any server
  const hurried = new Set(['k0']) // keys that signed without having been published before: the first, and by hand

  const take = (steps: readonly KeyStep[]) => {
    for (const step of steps) {
      const fresh = (algorithm: PublicAlgorithm) => ({ ...first, algorithm, id: `k${++made}` })
      ring = afterStep(ring, step, now, fresh)
    }
  }
  const sign = (at: number) => {
    const choose = signingKeysOf(ring, policy.algorithms)
    for (const skew of skews)
      for (const algorithm of [null, ...algorithmNames]) {
        const { id } = choose(at + skew, algorithm)!
        signed.set(id, Math.max(at, signed.get(id) ?? 0))
      }
  }
  /** Time passes, and tokens are signed in the last second of each key that ends meanwhile. */
  const wait = (seconds: number) => {
    const until = now + seconds
    const ends = ring.map(({ retiredAt }) => (retiredAt ?? 0) + 10 * minute - 1)
    ends
      .filter((end) => end > now && end < until)
      .toSorted((a, b) => a - b)
      .forEach(sign)
    now = until
    sign(now)
  }
  const happen = (kind: string, seconds: number, times: number) => {
    const chosen = algorithmNames[times % 3]!
    const active = activeOf(ring, now, chosen)
    if (kind === 'wait') wait(seconds)
    // the first run may let the next key begin at once, and then the second introduces another
    if (kind === 'job') for (let run = 0; run < 2; run++) take(planRotation(ring, now, policy))
    if (kind === 'algorithm')
      policy = {
        ...policy,
        algorithms: [chosen, ...(times > 4 ? [algorithmNames[(times + 1) % 3]!] : [])],
      }
    if (kind === 'period') policy = { ...policy, rotationPeriod: times * 10 * day }
    if (kind === 'rotate') take(planEarlyRotation(ring, chosen, now, policy))
    if (kind === 'now' && active) {
      take(planReplacement(ring, chosen, now))
      signed.delete(active.id)
      hurried.add(activeOf(ring, now, chosen)!.id)
    }
    if (kind === 'revoke') {
      const victim = ring[times % ring.length]!
      const isActive = victim === activeOf(ring, now, victim.algorithm)
      if (isActive || victim.revokedAt !== null) return
      take([{ kind: 'revoke', id: victim.id }])
      signed.delete(victim.id) // its tokens are refused, and are meant to be
    }
  }
  return { happen, sign, state: () => ({ ring, now, signed, hurried, policy }) }
}

test('in every sequence of events each chain has one key that signs at most, the default one is one, the next was published, and no good token is rejected', () => {
  const leads = constantFrom(hour, day, 2 * day, 20 * day)
  const lives = property(leads, array(happening, { minLength: 5, maxLength: 60 }), (lead, all) => {
    const { happen, sign, state } = life(lead)
    for (const { kind, wait, times } of all) {
      happen(kind, wait * times, times)
      const { ring, now, signed, hurried, policy } = state()
      sign(now)
      for (const algorithm of algorithmsIn(ring, now)) {
        const chain = ring.filter((key) => key.algorithm === algorithm)
        const states = chain.map((key) => stateOf(key, now))
        const count = (one: string) => states.filter((other) => other === one).length
        assert.ok(count('active') <= 1)
        assert.ok(count('standby') <= 1)
        if (kind === 'job' && policy.algorithms.includes(algorithm))
          assert.equal(count('standby'), 1)
        const open = chain.filter((key) => key.retiredAt === null).length
        assert.ok(open <= 1, 'the database allows one')
      }
      const active = signingKeysOf(ring, policy.algorithms)(now)!
      assert.equal(stateOf(active, now), 'active')
      if (!hurried.has(active.id)) assert.ok(active.activatedAt - active.createdAt >= lead)
      for (const [id, at] of signed) {
        if (now > at + maxLifetime + leeway) continue
        const key = ring.find((one) => one.id === id)
        for (const skew of skews)
          assert.ok(
            key && stateOf(key, now + skew) !== 'retired',
            `${id} signed at ${at}, now ${now}`,
          )
      }
    }
  })
  check(lives, { numRuns: 2_000 })
})
