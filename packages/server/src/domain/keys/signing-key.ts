import type { PublicJwk } from '@countersign/token'
import type { KeyState, PublicAlgorithm, Seconds } from '@countersign/token/internal'

/** A new key before it has a place in the ring: a name, a public half, and an encrypted private half. */
export interface EncryptedKey {
  readonly id: string
  readonly algorithm: PublicAlgorithm
  readonly publicJwk: PublicJwk
  /** The private JWK, as `encrypt` returned it; empty once the key can never sign again. */
  readonly encrypted: string
}

/**
 * A signing key at rest. Its times may be in the future: the next key knows when it begins, and the one before ends in that same
 * second, so that every server changes over by the clock, without any message.
 */
export interface StoredSigningKey extends EncryptedKey {
  readonly createdAt: Seconds
  /** The time at which it begins to sign. */
  readonly activatedAt: Seconds
  /** The time at which it stops signing, and the next key of its chain begins if there is one; null while no end is planned. */
  readonly retiredAt: Seconds | null
  /** The time at which it was revoked, ahead of its plan; null for most. */
  readonly revokedAt: Seconds | null
}

/**
 * The key ring: all keys of this issuer that are still stored, in any order. Keys of one algorithm follow each other in a chain; each chain rotates
 * independently of the others.
 */
export type KeyRing = readonly StoredSigningKey[]

/**
 * The time for which a key stays published after it stopped signing, in seconds. No token lives longer than a day, for any value of `tokens.lifetime`, now or
 * before, so that a change of that setting invalidates no token. The hour is for leeway (300 s at most), for clocks that differ, and for the minute in
 * which a server learns of a manual rotation.
 */
export const retention: Seconds = 86_400 + 3_600

/** Returns the state of a key at a time. Pure. */
export function stateOf(key: StoredSigningKey, now: Seconds): KeyState {
  if (key.revokedAt !== null) return 'retired'
  if (now < key.activatedAt) return 'standby'
  if (key.retiredAt === null || now < key.retiredAt) return 'active'
  return now < key.retiredAt + retention ? 'retiring' : 'retired'
}

/**
 * The difference of two servers' clocks that the ring allows for, in seconds: a key that a faster clock has activated already signs this long before
 * its time, if no other key of its chain does.
 */
const maxClockSkew: Seconds = 900

/** Returns the chain of an algorithm: its keys that were not revoked, in the order in which they sign. Pure. */
export function chainOf(ring: KeyRing, algorithm: PublicAlgorithm): KeyRing {
  return ring
    .filter((key) => key.algorithm === algorithm && key.revokedAt === null)
    .toSorted((a, b) => a.activatedAt - b.activatedAt)
}

/** Returns the algorithms that have keys which are not retired, those of settings first, in their order. Pure. */
export function algorithmsIn(
  ring: KeyRing,
  now: Seconds,
  first: readonly PublicAlgorithm[] = [],
): readonly PublicAlgorithm[] {
  const live = new Set(
    ring.filter((key) => stateOf(key, now) !== 'retired').map(({ algorithm }) => algorithm),
  )
  return [...new Set(first).intersection(live), ...live.difference(new Set(first))]
}

/** Returns the key of a chain that signs at a time; `undefined` if the chain has not begun, or has ended. Pure. */
export function activeOf(
  ring: KeyRing,
  now: Seconds,
  algorithm: PublicAlgorithm,
): StoredSigningKey | undefined {
  return activeIn(chainOf(ring, algorithm), now)
}

function activeIn(chain: KeyRing, now: Seconds): StoredSigningKey | undefined {
  const begins = (key: StoredSigningKey) =>
    stateOf(key, now) === 'standby' && key.activatedAt - now <= maxClockSkew
  return chain.find((key) => stateOf(key, now) === 'active') ?? chain.find(begins)
}

/** Returns the key of a chain that signs next; `undefined` before it is introduced. Pure. */
export function standbyOf(
  ring: KeyRing,
  now: Seconds,
  algorithm: PublicAlgorithm,
): StoredSigningKey | undefined {
  const chain = chainOf(ring, algorithm)
  const active = activeIn(chain, now)
  return chain.find((key) => key !== active && stateOf(key, now) === 'standby')
}

/**
 * Makes the function that chooses the key which signs at a time. A token of no certain algorithm gets the first of the settings. While the chain
 * of an algorithm has not begun, or if it has ended, others sign in its place: that of the first algorithm of the settings, then one that
 * is not in the settings any more and so was the first before, then the rest. Only on a server whose clock is far behind no key signs, and
 * the first one that will sign is used. `undefined` for an empty ring. Pure.
 */
export function signingKeysOf(
  ring: KeyRing,
  [first, ...more]: readonly PublicAlgorithm[],
): (now: Seconds, algorithm?: PublicAlgorithm | null) => StoredSigningKey | undefined {
  const known = new Set(ring.map(({ algorithm }) => algorithm))
  const others = [...known].filter((one) => one !== first && !more.includes(one))
  const order = [first, ...others, ...more].filter((one) => one !== undefined)
  const chains = order.map((one) => chainOf(ring, one))
  const byAlgorithm = new Map(order.map((one, at) => [one, chains[at] ?? []]))
  const begins = chains.flat().toSorted((a, b) => a.activatedAt - b.activatedAt)
  return (now, algorithm) => {
    const own = algorithm ? activeIn(byAlgorithm.get(algorithm) ?? [], now) : undefined
    if (own) return own
    for (const chain of chains) {
      const active = activeIn(chain, now)
      if (active) return active
    }
    return begins.find((key) => stateOf(key, now) === 'standby')
  }
}
