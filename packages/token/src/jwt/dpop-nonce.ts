import { createHmac } from 'node:crypto'
import type { Seconds } from '../lib/clock.ts'

/** The nonces of one server, or of several that share a secret. */
export interface DpopNonces {
  /** The nonces that are accepted at a time: the current one first, and the one before. */
  at(now: Seconds): readonly [current: string, former: string]
}

const period: Seconds = 60 // a nonce is accepted for one to two of them

/**
 * Makes the nonces of proofs (RFC 9449, section 8). Without one, a program that has used the key of a client for a moment can make proofs for later
 * times. A nonce is an HMAC of the time, so nothing is stored, and every process with the secret accepts those of the others.
 */
export function createDpopNonces(secret: string | Uint8Array): DpopNonces {
  const nonceOf = (count: number) =>
    createHmac('sha256', secret).update(`DPoP nonce ${count}`).digest('base64url')
  return {
    at(now) {
      const count = Math.floor(now / period)
      return [nonceOf(count), nonceOf(count - 1)]
    },
  }
}
