import type { ProvenClaims } from './claims.ts'
import type { VerificationKey } from './key.ts'
import type { VerifiedToken } from './verifier.ts'

/** A verdict to remember: the whole token, what it proved to be, and the key that proved it. */
export interface Remembered<C extends ProvenClaims> {
  readonly token: string
  readonly verified: VerifiedToken<C>
  readonly key: VerificationKey
}

/** Remembers tokens that were verified. Says nothing of time: whoever finds one must judge its times again. */
export interface VerifiedCache<C extends ProvenClaims> {
  find(token: string): Remembered<C> | undefined
  add(remembered: Remembered<C>): void
}

const tailLength = 22 // characters: 132 bits of the signature, so that no two good tokens share a place

/**
 * Makes a cache of at most `size` tokens, about 1 kB each. Looked up by the end of the signature and then compared whole, so
 * that a token which merely ends like a good one is not found. Only verified tokens may be added: junk cannot push them out.
 *
 * Two generations in place of a list in order of use: when the young one is full it becomes the old one, and the old one is
 * forgotten. A hit writes nothing.
 */
export function createVerifiedCache<C extends ProvenClaims>(size: number): VerifiedCache<C> {
  let young = new Map<string, Remembered<C>>()
  let old = new Map<string, Remembered<C>>()
  return {
    find(token) {
      const tail = token.slice(-tailLength)
      const remembered = young.get(tail) ?? old.get(tail)
      return remembered?.token === token ? remembered : undefined
    },
    add(remembered) {
      if (young.size >= size / 2) {
        old = young
        young = new Map()
      }
      young.set(remembered.token.slice(-tailLength), remembered)
    },
  }
}
