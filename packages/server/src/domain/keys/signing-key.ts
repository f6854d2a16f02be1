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
  /** When it begins to sign. */
  readonly activatedAt: Seconds
  /** When it stops signing and the next key begins; null while there is no next key. */
  readonly retiredAt: Seconds | null
  /** When it was revoked, before its time; null for most. */
  readonly revokedAt: Seconds | null
}

/** The key ring: all keys of this issuer that are still stored, in any order. */
export type KeyRing = readonly StoredSigningKey[]

/**
 * How long a key stays published after it stopped signing, in seconds. No token lives longer than a day, whatever
 * `tokens.lifetime` is or was, so that a change of that setting invalidates no token. The hour is for leeway (300 s at most), for clocks
 * that differ, and for the minute in which a server learns of a manual rotation.
 */
export const retention: Seconds = 86_400 + 3_600

/** Returns the state of a key at a time. Pure. */
export function stateOf(key: StoredSigningKey, now: Seconds): KeyState {
  if (key.revokedAt !== null) return 'retired'
  if (now < key.activatedAt) return 'standby'
  if (key.retiredAt === null || now < key.retiredAt) return 'active'
  return now < key.retiredAt + retention ? 'retiring' : 'retired'
}

/** Returns the keys that were not revoked, in the order in which they sign. Pure. */
export function chainOf(ring: KeyRing): KeyRing {
  return ring
    .filter((key) => key.revokedAt === null)
    .toSorted((a, b) => a.activatedAt - b.activatedAt)
}

/**
 * Returns the key that signs at a time; `undefined` for an empty ring. If the clock is behind that of the server which made the first key, no key
 * signs yet, and the first key is returned. Pure.
 */
export function activeOf(ring: KeyRing, now: Seconds): StoredSigningKey | undefined {
  const chain = chainOf(ring)
  return chain.find((key) => stateOf(key, now) === 'active') ?? chain.find(isStandby(now))
}

/** Returns the key that signs next; `undefined` before it is introduced. Pure. */
export function standbyOf(ring: KeyRing, now: Seconds): StoredSigningKey | undefined {
  const active = activeOf(ring, now)
  return chainOf(ring).find((key) => key !== active && isStandby(now)(key))
}

function isStandby(now: Seconds) {
  return (key: StoredSigningKey) => stateOf(key, now) === 'standby'
}
