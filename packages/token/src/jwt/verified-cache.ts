import type { VerificationKey } from '../jwk/key.ts'
import type { ProvenClaims } from './claims.ts'
import type { VerifiedToken } from './verification-steps.ts'

/** A verified token with its text and the key that verified it. */
export interface CachedToken<C extends ProvenClaims> {
  readonly token: string
  readonly verified: VerifiedToken<C>
  readonly key: VerificationKey
}

/** A cache of verified tokens. It ignores time: the caller must validate the times of a token that it finds again. */
export interface VerifiedCache<C extends ProvenClaims> {
  find(token: string): CachedToken<C> | undefined
  add(cached: CachedToken<C>): void
}

const tailLength = 22 // characters: 132 bits of the signature, so that no two valid tokens share an entry

/**
 * Makes a cache of at most `size` tokens, about 1 kB each. A token is looked up by the end of its signature and then compared whole, so
 * one that merely ends like a valid token is not found. Only verified tokens may be added, so invalid ones cannot evict them.
 *
 * Two generations replace a list in order of use: when the current one is full it becomes the previous one, and the previous one is
 * dropped. A hit writes nothing.
 */
export function createVerifiedCache<C extends ProvenClaims>(size: number): VerifiedCache<C> {
  let current = new Map<string, CachedToken<C>>()
  let previous = new Map<string, CachedToken<C>>()
  return {
    find(token) {
      const tail = token.slice(-tailLength)
      const cached = current.get(tail) ?? previous.get(tail)
      return cached?.token === token ? cached : undefined
    },
    add(cached) {
      if (current.size >= size / 2) {
        previous = current
        current = new Map()
      }
      current.set(cached.token.slice(-tailLength), cached)
    },
  }
}
