import type { Seconds } from './clock.ts'
import { fail } from './failures.ts'
import { assertKey, type SigningKey } from './key.ts'
import { localKeySet, toJwks, type Jwks, type KeySource } from './key-set.ts'

/**
 * What a signing key of an issuer is used for now. *standby*: published, so that every cache knows it before it signs; *active*:
 * signs; *retiring*: signs no more, but tokens it signed are still about; *retired*: neither published nor believed.
 */
export type KeyState = 'standby' | 'active' | 'retiring' | 'retired'

/** A key of the ring, and since when, in seconds, it has been in its state. */
export interface RingEntry {
  readonly key: SigningKey
  readonly state: KeyState
  readonly since: Seconds
}

/** The signing keys of one issuer through time. Immutable: every change is a new ring. A verifier may use it as its keys. */
export interface KeyRing extends KeySource {
  /** Every key, oldest first. */
  readonly entries: readonly RingEntry[]
  /** The one key that signs. */
  readonly active: SigningKey
  /** The key that signs next, if it is known. */
  readonly standby: SigningKey | undefined
  /**
   * The ring with the key that will sign next. Publish it for as long as guards may cache a key set before you
   * {@link KeyRing.rotate}. Fails with `key_ring_invalid` when there is a standby key already.
   */
  introduce(next: SigningKey, now: Seconds): KeyRing
  /** The ring with its standby key active and the active one retiring. Fails with `key_ring_invalid` without a standby key. */
  rotate(now: Seconds): KeyRing
  /**
   * The ring with those keys retired that stopped signing `longest` seconds ago or more: the longest life of a token, plus the
   * leeway of its verifiers.
   */
  prune(now: Seconds, longest: Seconds): KeyRing
  /** The ring without a key that got out, from now on; it may not be the active one: rotate first. */
  withdraw(id: string, now: Seconds): KeyRing
  /** The published half, as a JWKS: every key but the retired ones. */
  published(): Jwks
}

/** A ring of one key, which signs from now on. */
export function newKeyRing(key: SigningKey, now: Seconds): KeyRing {
  return keyRing([{ key, state: 'active', since: now }])
}

/**
 * A ring of keys that were kept. Fails with `key_ring_invalid` unless exactly one key is active, at most one standby, and no two
 * have one id.
 */
export function keyRing(kept: readonly RingEntry[]): KeyRing {
  const entries = kept.map((entry) => Object.freeze({ ...entry })).toSorted(byAge)
  for (const { key } of entries) assertKey(key)
  const of = (state: KeyState) => entries.filter((entry) => entry.state === state)
  const [active, second] = of('active')
  const standby = of('standby')
  if (!active || second) throw invalid('exactly one key must be active')
  if (standby.length > 1) throw invalid('only one key can be standby')
  if (new Set(entries.map(({ key }) => key.id)).size < entries.length)
    throw invalid('two keys have one id')

  const live = entries.filter(({ state }) => state !== 'retired').map(({ key }) => key)
  /** The ring with the keys that a judgment picks in another state. */
  const moved = (pick: (entry: RingEntry) => KeyState | undefined, now: Seconds) =>
    keyRing(
      entries.map((entry) => {
        const state = pick(entry)
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
      if (standby.length === 0) throw invalid('introduce the next key before you rotate')
      const next: Partial<Record<KeyState, KeyState>> = { active: 'retiring', standby: 'active' }
      return moved(({ state }) => next[state], now)
    },
    prune: (now: Seconds, longest: Seconds) =>
      moved(
        ({ state, since }) =>
          state === 'retiring' && now - since >= longest ? 'retired' : undefined,
        now,
      ),
    withdraw(id: string, now: Seconds) {
      if (active.key.id === id) throw invalid('the active key cannot be withdrawn; rotate first')
      return moved(({ key }) => (key.id === id ? 'retired' : undefined), now)
    },
    published: () => toJwks(live),
  })
}

/** By state from the oldest to the youngest, and within a state by the time it was entered. */
function byAge(a: RingEntry, b: RingEntry): number {
  const order: readonly KeyState[] = ['retired', 'retiring', 'active', 'standby']
  return order.indexOf(a.state) - order.indexOf(b.state) || a.since - b.since
}

function invalid(detail: string) {
  return fail('key_ring_invalid', { detail })
}
