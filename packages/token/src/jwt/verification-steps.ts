import { fail } from '../failures.ts'
import { assertKey, type VerificationKey } from '../jwk/key.ts'
import { bindAlgorithm } from '../jwk/undeclared-algorithm.ts'
import { parseHeader, splitCompact, type CompactParts, type Header } from '../jws/compact.ts'
import { parseJsonObject } from '../lib/json.ts'
import {
  validateClaims,
  withSubject,
  type ClaimProblem,
  type ProvenClaims,
  type VerifiedClaims,
} from './claims.ts'
import { normalizeMediaType, type CheckedPolicy } from './policy.ts'

declare const brand: unique symbol

/**
 * A token that satisfied a policy. Only a verifier makes one. With a cache it is frozen, because requests share it.
 *
 * @example
 * import type { VerifiedToken } from '@countersign/token'
 *
 * function greet({ claims }: VerifiedToken): string {
 *   return `Hello ${claims.sub}`
 * }
 */
export interface VerifiedToken<C extends ProvenClaims = VerifiedClaims> {
  readonly [brand]: true
  readonly verified: true
  readonly header: Header
  readonly claims: C
  /** The id of the key that verified the signature. */
  readonly keyId: string
}

/** A parsed token with an accepted header, and the one key that may verify it. Its signature is not verified. */
export interface ParsedJws {
  readonly parts: CompactParts
  readonly header: Header
  readonly key: VerificationKey
}

/** The checks before the signature and those after it. The caller verifies the signature in between, in place or on another thread. */
export interface VerificationSteps<C extends ProvenClaims> {
  /** Checks size, encoding, header and key. */
  parse(token: string): ParsedJws
  /** Checks the result of the signature verification, then the claims. */
  finish(parsed: ParsedJws, isSignatureValid: boolean): VerifiedToken<C>
}

const maxCachedHeaders = 64 // an issuer uses a handful, and a new one with each new key

/**
 * Makes the checks of one policy, in the order of RFC 8725bis and RFC 7519, section 7.2. Nothing of a token is used before
 * the step that verifies it.
 */
export function createVerificationSteps<C extends ProvenClaims>(
  policy: CheckedPolicy,
): VerificationSteps<C> {
  const headers = new Map<string, Header>()
  let last: { readonly segment: string; readonly header: Header } | undefined // a comparison is faster than a lookup

  /** Caches headers of tokens with a valid signature only, so that forged ones can neither fill nor evict the cache. */
  function cacheHeader(segment: string, header: Header): void {
    if (header === last?.header) return
    if (headers.size >= maxCachedHeaders) headers.clear()
    headers.set(segment, header)
    last = { segment, header }
  }

  function findHeader(segment: string): Header | undefined {
    return segment === last?.segment ? last.header : headers.get(segment)
  }

  return {
    parse(token) {
      assertTokenLength(token, policy)
      const parts = splitCompact(token)
      const header = findHeader(parts.header) ?? assertHeader(parseHeader(parts.header), policy)
      return { parts, header, key: selectKey(header, policy) }
    },
    finish({ parts, header, key }, isSignatureValid) {
      if (!isSignatureValid) throw fail('signature_wrong', { facts: { keyId: key.id } })
      cacheHeader(parts.header, header)
      const written = parseJsonObject(parts.payload)
      if (!written) throw fail('claims_malformed')
      const claims = withSubject(written, policy.claims)
      throwProblem(validateClaims(claims, policy.claims, policy.clock.now()))
      bindAlgorithm(key)
      const { sub } = claims
      const typed = typeof sub === 'number' ? { ...claims, sub: String(sub) } : claims
      // validateClaims has checked the shape that these types state, and only this place sets the brand
      return { verified: true, header, claims: typed, keyId: key.id } as unknown as VerifiedToken<C>
    },
  }
}

/** Checks the type and the length before anything else, so that a token which is too large is not read at all. */
export function assertTokenLength(token: string, { maxLength }: CheckedPolicy): void {
  if (typeof token !== 'string')
    throw fail('token_malformed', { facts: { problem: 'not a string' } })
  if (token.length > maxLength) throw fail('token_too_large', { facts: { limit: maxLength } })
}

/** Throws a problem of the claims as a failure. */
export function throwProblem(problem: ClaimProblem | undefined): void {
  if (problem) throw fail(problem.code, { facts: problem.facts })
}

/** Returns the key that the header names. The key's own algorithm must be the header's and an allowed one. */
export function selectKey(header: Header, { keys, algorithms }: CheckedPolicy): VerificationKey {
  const key = keys.find(header, algorithms)
  if (!key) throw fail('key_unknown')
  assertKey(key)
  if (key.algorithm !== header.alg || !algorithms.has(key.algorithm)) {
    throw fail('key_algorithm_wrong', { facts: { keyId: key.id, expected: key.algorithm } })
  }
  return key
}

function assertHeader(header: Header, { algorithms, types }: CheckedPolicy): Header {
  if (!algorithms.has(header.alg))
    throw fail('algorithm_not_allowed', { facts: { allowed: [...algorithms] } })
  if (!types.has(header.typ === undefined ? undefined : normalizeMediaType(header.typ)))
    throw fail('token_type_wrong', { facts: { expected: [...types] } })
  return header
}
