import type { Seconds } from '../lib/clock.ts'
import { fail } from '../failures.ts'
import { assertKey, type SigningKey } from '../jwk/key.ts'
import { localKeySet, toJwks, type Jwks, type KeySource } from './key-set.ts'

/**
 * The state of a signing key. *standby*: published, so that every cache knows it before it signs; *active*: signs;
 * *retiring*: no longer signs, but is published because tokens that it signed are still valid; *retired*: neither published nor trusted.
 */
export type KeyState = 'standby' | 'active' | 'retiring' | 'retired'

/** A key of the ring, its state, and when it entered that state, in seconds since 1970. */
export interface RingEntry {
  readonly key: SigningKey
  readonly state: KeyState
  readonly since: Seconds
}

/**
 * The signing keys of one issuer in all their states. Immutable: every change returns a new ring. It is also a key set for a verifier.
 *
 * @example
 * import { generateKey, newKeyRing, systemClock, type KeyRing } from '@countersign/token'
 *
 * let ring: KeyRing = newKeyRing(generateKey('ES256'), systemClock.now())
 * ring = ring.introduce(generateKey('ES256'), systemClock.now()) // publish ring.published(), and wait
 * ring = ring.rotate(systemClock.now())
 */
export interface KeyRing extends KeySource {
  /** All keys, oldest first. */
  readonly entries: readonly RingEntry[]
  /** The one key that signs. */
  readonly active: SigningKey
  /** The key that signs next, if there is one. */
  readonly standby: SigningKey | undefined
  /**
   * Adds a standby key, which will sign next. Publish the ring for as long as verifiers may cache a key set before you
   * {@link KeyRing.rotate}. Fails with `key_ring_invalid` if there already is a standby key.
   */
  introduce(next: SigningKey, now: Seconds): KeyRing
  /** Makes the standby key active and the active one retiring. Fails with `key_ring_invalid` without a standby key. */
  rotate(now: Seconds): KeyRing
  /**
   * Retires the keys that stopped signing at least `maxTokenAge` seconds ago: the longest lifetime of a token plus the
   * leeway of its verifiers.
   */
  prune(now: Seconds, maxTokenAge: Seconds): KeyRing
  /** Retires a key at once, for example because it leaked: its tokens are rejected from now on. Fails for the active key: rotate first. */
  revoke(id: string, now: Seconds): KeyRing
  /** Returns the JWKS to publish: the public half of every key that is not retired. */
  published(): Jwks
}

/**
 * Makes a ring of one key, which signs from now on.
 *
 * @example
 * import { createSigner, generateKey, newKeyRing, systemClock } from '@countersign/token'
 *
 * const ring = newKeyRing(generateKey('ES256'), systemClock.now())
 * const signer = createSigner({ key: () => ring.active, issuer: 'https://issuer.example', lifetime: 600 })
 */
export function newKeyRing(key: SigningKey, now: Seconds): KeyRing {
  return keyRing([{ key, state: 'active', since: now }])
}

/**
 * Makes a ring from stored keys. Fails with `key_ring_invalid` unless exactly one key is active, at most one is standby, and all
 * have different ids.
 *
 * @example
 * import { generateKey, keyRing } from '@countersign/token'
 *
 * const ring = keyRing([
 *   { key: generateKey('ES256'), state: 'retiring', since: 1_800_000_000 },
 *   { key: generateKey('ES256'), state: 'active', since: 1_800_000_000 },
 * ])
 */
export function keyRing(stored: readonly RingEntry[]): KeyRing {
  const entries = stored.map((entry) => Object.freeze({ ...entry })).toSorted(byAge)
  for (const { key } of entries) assertKey(key)
  const of = (state: KeyState) => entries.filter((entry) => entry.state === state)
  const [active, second] = of('active')
  const standby = of('standby')
  if (!active || second) throw invalid('exactly one key must be active')
  if (standby.length > 1) throw invalid('at most one key can be standby')
  if (new Set(entries.map(({ key }) => key.id)).size < entries.length)
    throw invalid('two keys have the same id')

  const live = entries.filter(({ state }) => state !== 'retired').map(({ key }) => key)
  /** Returns the ring with the keys for which `nextState` returns a state moved to it. */
  const moved = (nextState: (entry: RingEntry) => KeyState | undefined, now: Seconds) =>
    keyRing(
      entries.map((entry) => {
        const state = nextState(entry)
        return state === undefined ? entry : { ...entry, state, since: now }
      }),
    )

  return Object.freeze({
    ...localKeySet(live),
    entries,
    active: active.key,
    standby: standby[0]?.key,
    introduce: (next: SigningKey, now: Seconds) =>
      keyRing([...entries, { key: next, state: 'standby', since: now }]),
    rotate(now: Seconds) {
      if (standby.length === 0) throw invalid('introduce a standby key before you rotate')
      const next: Partial<Record<KeyState, KeyState>> = { active: 'retiring', standby: 'active' }
      return moved(({ state }) => next[state], now)
    },
    prune: (now: Seconds, maxTokenAge: Seconds) =>
      moved(
        ({ state, since }) =>
          state === 'retiring' && now - since >= maxTokenAge ? 'retired' : undefined,
        now,
      ),
    revoke(id: string, now: Seconds) {
      if (active.key.id === id) throw invalid('the active key cannot be revoked; rotate first')
      return moved(({ key }) => (key.id === id ? 'retired' : undefined), now)
    },
    published: () => toJwks(live),
  })
}

/** Orders by state, retired first, and within a state by the time it was entered. */
function byAge(a: RingEntry, b: RingEntry): number {
  const order: readonly KeyState[] = ['retired', 'retiring', 'active', 'standby']
  return order.indexOf(a.state) - order.indexOf(b.state) || a.since - b.since
}

function invalid(detail: string) {
  return fail('key_ring_invalid', { detail })
}
