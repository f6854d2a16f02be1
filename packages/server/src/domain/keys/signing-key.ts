import type { PublicJwk } from '@countersign/token'
import type { KeyState, PublicAlgorithm, Seconds } from '@countersign/token/internal'

/** What a fresh key is before anybody knows when it will sign: a name, a public half, and a private half under seal. */
export interface EncryptedKey {
  readonly id: string
  readonly algorithm: PublicAlgorithm
  readonly publicJwk: PublicJwk
  /** What `seal` made of the private JWK; empty once the key can never sign again. */
  readonly sealed: string
}

/**
 * A signing key at rest. Its times may lie ahead: the next key knows when it begins, and the one before ends in that same
 * second, so that every server changes over by the clock and nobody has to be told.
 */
export interface StoredSigningKey extends EncryptedKey {
  readonly createdAt: Seconds
  /** When it begins to sign. */
  readonly activatedAt: Seconds
  /** When it stops signing and the next begins; null while no next one is known. */
  readonly retiredAt: Seconds | null
  /** When it was taken out of use before its time; null for most. */
  readonly withdrawnAt: Seconds | null
}

/** All keys of this issuer that are remembered, in any order. */
export type Ring = readonly StoredSigningKey[]

/**
 * How long a key stays published after it stopped signing, in seconds. A signer gives no token more than a day, whatever
 * `tokens.lifetime` is or was, so a change of that setting kills no token. The hour is for leeway (300 s at most), for clocks
 * that differ, and for the minute in which a server learns of a rotation by hand.
 */
export const retention: Seconds = 86_400 + 3_600

/** What a key is used for at some time. Pure. */
export function stateOf(key: StoredSigningKey, now: Seconds): KeyState {
  if (key.withdrawnAt !== null) return 'retired'
  if (now < key.activatedAt) return 'standby'
  if (key.retiredAt === null || now < key.retiredAt) return 'active'
  return now < key.retiredAt + retention ? 'retiring' : 'retired'
}

/** The keys that were not withdrawn, in the order in which they sign. Pure. */
export function chainOf(ring: Ring): Ring {
  return ring
    .filter((key) => key.withdrawnAt === null)
    .toSorted((a, b) => a.activatedAt - b.activatedAt)
}

/**
 * The key that signs at some time; none in an empty ring. A clock that is behind that of the server which made the first key
 * sees no key that signs yet, and takes that one. Pure.
 */
export function activeOf(ring: Ring, now: Seconds): StoredSigningKey | undefined {
  const chain = chainOf(ring)
  return chain.find((key) => stateOf(key, now) === 'active') ?? chain.find(standsBy(now))
}

/** The key that signs next; none before it is introduced. Pure. */
export function standbyOf(ring: Ring, now: Seconds): StoredSigningKey | undefined {
  const active = activeOf(ring, now)
  return chainOf(ring).find((key) => key !== active && standsBy(now)(key))
}

function standsBy(now: Seconds) {
  return (key: StoredSigningKey) => stateOf(key, now) === 'standby'
}
