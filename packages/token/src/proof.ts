import { judgeClaims, type Fault, type ProvenClaims } from './claims.ts'
import { fail } from './failures.ts'
import { parseJsonObject } from './json.ts'
import { parseHeader, splitCompact, type CompactParts, type Header } from './jws.ts'
import { assertKey, type VerificationKey } from './key.ts'
import { mediaType, type CheckedPolicy } from './policy.ts'
import type { VerifiedToken } from './verifier.ts'

/** A token short of the proof: its parts, and the one key that may prove it. */
export interface Suspect {
  readonly parts: CompactParts
  readonly header: Header
  readonly key: VerificationKey
}

/** The checks before a signature and those after it. What lies between may be done here or on another thread. */
export interface Proof<C extends ProvenClaims> {
  /** Size, alphabet, header, key. */
  begin(token: string): Suspect
  /** Told whether the signature fits: signature, claims. */
  conclude(suspect: Suspect, fits: boolean): VerifiedToken<C>
}

const headersRemembered = 64 // an issuer uses a handful, and a new one with each new key

/**
 * The checks of one policy, in the order of suspicion (RFC 8725bis; RFC 7519, section 7.2). Nothing of a token is used before
 * the step that proves it.
 */
export function createProof<C extends ProvenClaims>(policy: CheckedPolicy): Proof<C> {
  const headers = new Map<string, Header>()
  let last: { readonly segment: string; readonly header: Header } | undefined // compared sooner than looked up

  /** Only headers of proven tokens, so that nobody else can fill the memory or empty it. */
  function remember(segment: string, header: Header): void {
    if (segment === last?.segment) return
    if (headers.size >= headersRemembered) headers.clear()
    headers.set(segment, header)
    last = { segment, header }
  }

  function recall(segment: string): Header | undefined {
    return segment === last?.segment ? last.header : headers.get(segment)
  }

  return {
    begin(token) {
      assertReadable(token, policy)
      const parts = splitCompact(token)
      const header = recall(parts.header) ?? judgeHeader(parseHeader(parts.header), policy)
      return { parts, header, key: keyFor(header, policy) }
    },
    conclude({ parts, header, key }, fits) {
      if (!fits) throw fail('signature_wrong', { facts: { keyId: key.id } })
      remember(parts.header, header)
      const claims = parseJsonObject(parts.payload)
      if (!claims) throw fail('claims_malformed')
      refuse(judgeClaims(claims, policy.claims, policy.clock.now()))
      const { sub } = claims
      const whole = typeof sub === 'number' ? { ...claims, sub: String(sub) } : claims
      // judgeClaims has shown the shape that these types state, and this is the only place that makes the brand
      return { verified: true, header, claims: whole, keyId: key.id } as unknown as VerifiedToken<C>
    },
  }
}

/** Size comes before everything: what is too large is not even looked through. */
export function assertReadable(token: string, { maxLength }: CheckedPolicy): void {
  if (typeof token !== 'string') throw fail('token_malformed', { facts: { problem: 'not a text' } })
  if (token.length > maxLength) throw fail('token_too_large', { facts: { limit: maxLength } })
}

/** Throws a fault as a failure. */
export function refuse(fault: Fault | undefined): void {
  if (fault) throw fail(fault.code, { facts: fault.facts })
}

/** The key that the header points at, if it may be used: its own algorithm must be the header's and an allowed one. */
export function keyFor(header: Header, { keys, algorithms }: CheckedPolicy): VerificationKey {
  const key = keys.find(header)
  if (!key) throw fail('key_unknown')
  assertKey(key)
  if (key.algorithm !== header.alg || !algorithms.has(key.algorithm)) {
    throw fail('key_algorithm_wrong', { facts: { keyId: key.id, expected: key.algorithm } })
  }
  return key
}

function judgeHeader(header: Header, { algorithms, types }: CheckedPolicy): Header {
  if (!algorithms.has(header.alg))
    throw fail('algorithm_not_allowed', { facts: { allowed: [...algorithms] } })
  if (!types.has(header.typ === undefined ? undefined : mediaType(header.typ)))
    throw fail('token_type_wrong', { facts: { expected: [...types] } })
  return header
}
