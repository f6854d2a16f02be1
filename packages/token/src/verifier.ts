import { judgeClaims, judgeTimes, type Fault, type VerifiedClaims } from './claims.ts'
import { fail } from './failures.ts'
import { parseJsonObject } from './json.ts'
import { parseHeader, splitCompact, verifySignature, type Header } from './jws.ts'
import { assertKey, type VerificationKey } from './key.ts'
import { checkPolicy, mediaType, type CheckedPolicy, type Policy } from './policy.ts'
import { createVerifiedCache, type Remembered } from './verified-cache.ts'

declare const brand: unique symbol

/** A token that satisfied a policy. Only a verifier makes one; with a cache it is frozen, for requests share it. */
export interface VerifiedToken {
  readonly [brand]: true
  readonly verified: true
  readonly header: Header
  readonly claims: VerifiedClaims
  /** The id of the key that the signature fits. */
  readonly keyId: string
}

/** Checks tokens against one policy. */
export interface Verifier {
  /**
   * The token's claims, proven. Synchronous; never fetches. Throws a `CountersignError` whose code is one of the token
   * failures: show a caller no more than "invalid" or "expired", keep the rest for the log.
   */
  verify(token: string): VerifiedToken
}

const headersRemembered = 64 // an issuer uses a handful, and a new one with each new key

/**
 * Makes a verifier. There is none without issuer, audience, algorithms and keys: fails with `policy_invalid`.
 *
 * The order is one of suspicion: size and alphabet, header, key, signature, claims (RFC 8725bis; RFC 7519, section 7.2).
 * Nothing of a token is used before the step that proves it.
 */
export function createVerifier(policy: Policy): Verifier {
  const checked = checkPolicy(policy)
  const headers = new Map<string, Header>()

  /** Only headers of proven tokens, so that nobody else can fill the memory or empty it. */
  function remember(segment: string, header: Header): void {
    if (headers.size >= headersRemembered) headers.clear()
    headers.set(segment, header)
  }

  function verifyAnew(token: string): Remembered {
    const parts = splitCompact(token)
    const seen = headers.get(parts.header)
    const header = seen ?? judgeHeader(parseHeader(parts.header), checked)
    const key = keyFor(header, checked)
    if (!verifySignature(parts, key)) throw fail('signature_wrong', { facts: { keyId: key.id } })
    if (!seen) remember(parts.header, header)
    const claims = parseJsonObject(parts.payload)
    if (!claims) throw fail('claims_malformed')
    refuse(judgeClaims(claims, checked.claims, checked.clock.now()))
    // judgeClaims has shown the shape that these types state, and this is the only place that makes the brand
    const proven = { verified: true, header, claims, keyId: key.id } as unknown as VerifiedToken
    return { token, key, verified: proven }
  }

  const cache = checked.cacheSize === 0 ? undefined : createVerifiedCache(checked.cacheSize)

  return Object.freeze({
    verify(token: string): VerifiedToken {
      if (typeof token !== 'string') {
        throw fail('token_malformed', { facts: { problem: 'not a text' } })
      }
      if (token.length > checked.maxLength) {
        throw fail('token_too_large', { facts: { limit: checked.maxLength } })
      }
      const known = cache?.find(token)
      // Time goes on and keys are withdrawn: both are looked at on every hit.
      if (known && checked.keys.find(known.verified.header) === known.key) {
        refuse(judgeTimes(known.verified.claims, checked.claims, checked.clock.now()))
        return known.verified
      }
      const fresh = verifyAnew(token)
      if (cache) {
        deepFreeze(fresh.verified) // from now on it is shared by requests
        cache.add(fresh)
      }
      return fresh.verified
    },
  })
}

function refuse(fault: Fault | undefined): void {
  if (fault) throw fail(fault.code, { facts: fault.facts })
}

/** The key that the header points at, if it may be used: its own algorithm must be the header's and an allowed one. */
function keyFor(header: Header, { keys, algorithms }: CheckedPolicy): VerificationKey {
  const key = keys.find(header)
  if (!key) throw fail('key_unknown')
  assertKey(key)
  if (key.algorithm !== header.alg || !algorithms.has(key.algorithm)) {
    throw fail('algorithm_not_allowed', { facts: { keyId: key.id, expected: key.algorithm } })
  }
  return key
}

function judgeHeader(header: Header, { algorithms, type }: CheckedPolicy): Header {
  if (!algorithms.has(header.alg))
    throw fail('algorithm_not_allowed', { facts: { allowed: [...algorithms] } })
  if (header.typ === undefined || mediaType(header.typ) !== type) {
    throw fail('token_type_wrong', { facts: { expected: type } })
  }
  return header
}

function deepFreeze(value: object): void {
  Object.freeze(value)
  for (const child of Object.values(value)) {
    if (typeof child === 'object' && child !== null) deepFreeze(child)
  }
}
