import { forge as forgeAny, part } from '@countersign/testing/tokens'
import { isCountersignError } from '../lib/error.ts'
import { generateKey, importSecret, type SigningKey } from '../jwk/key.ts'
import { localKeySet } from '../jwks/key-set.ts'
import type { Policy } from './policy.ts'
import { fixedClock } from '../testing.ts'

/** The current time of these tests. */
export const now = 1_800_000_000

/** The signing keys of the tests. */
export const ecKey = generateKey('ES256')
export const secret = 'HkN0pQ7vXy2LrT9cWb4sZd8fGa1jEm6u'
export const hmacKey = importSecret(secret, 'HS256', { id: 'shared' })

/** Claims that satisfy {@link policyFor}. */
export const goodClaims = {
  iss: 'https://issuer.example',
  sub: 'ada',
  aud: 'api',
  iat: now,
  exp: now + 60,
  jti: 'one',
} as const

/** A header that satisfies {@link policyFor}. */
export const headerFor = (key: SigningKey) => ({ alg: key.algorithm, typ: 'at+jwt', kid: key.id })

/** A policy for one key, at {@link now}. */
export function policyFor(key: SigningKey, more: Partial<Policy> = {}): Policy {
  return {
    issuer: goodClaims.iss,
    audience: goodClaims.aud,
    algorithms: [key.algorithm],
    keys: localKeySet([key]),
    clock: fixedClock(now),
    ...more,
  }
}

export { part }

/** Makes a properly signed token with any header and payload, as `forge` of `@countersign/testing/tokens` does; valid claims by default. */
export const forge = (key: SigningKey, header: unknown, payload: unknown = goodClaims): string =>
  forgeAny(key, header, payload)

/** Returns the code that some work fails with, or `none`. */
export function codeOf(work: () => unknown): string {
  try {
    work()
    return 'none'
  } catch (error) {
    if (isCountersignError(error)) return error.code
    throw error
  }
}

/** True if this runtime supports ML-DSA, as the package reports; a test compares that with the version. */
export const hasMlDsa = codeOf(() => generateKey('ML-DSA-44')) !== 'algorithm_unavailable'
