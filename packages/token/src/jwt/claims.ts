import type { Seconds } from '../lib/clock.ts'
import type { TokenFailure } from '../failures.ts'
import type { JsonObject } from '../lib/json.ts'

/** The claims of a token (RFC 7519, section 4). Times are seconds since 1970. */
export interface Claims {
  readonly [name: string]: unknown
  readonly iss?: string
  readonly sub?: string
  readonly aud?: string | readonly string[]
  readonly exp?: Seconds
  readonly nbf?: Seconds
  readonly iat?: Seconds
  readonly jti?: string
  readonly scope?: string
}

/**
 * The claims of any verified token, including one that satisfied a legacy policy: at least its subject and its expiry.
 *
 * @example
 * import type { ProvenClaims, VerifiedToken } from '@countersign/token'
 *
 * const secondsLeft = ({ claims }: VerifiedToken<ProvenClaims>, now: number) => claims.exp - now
 */
export interface ProvenClaims extends Claims {
  readonly sub: string
  readonly exp: Seconds
}

/**
 * The claims of a token that satisfied a policy, with those that every policy requires.
 *
 * @example
 * import type { VerifiedClaims } from '@countersign/token'
 *
 * const tenantOf = (claims: VerifiedClaims) => claims['tenant']
 */
export interface VerifiedClaims extends ProvenClaims {
  readonly iss: string
  readonly aud: string | readonly string[]
}

/** The part of a policy that concerns claims, with all defaults filled in. */
export interface ClaimRules {
  /** `undefined` only in a legacy policy. */
  readonly issuer: string | undefined
  /** Empty only in a legacy policy, which then rejects a token with an audience. */
  readonly audiences: readonly string[]
  /** Returns the subject, if the issuer writes it elsewhere than in `sub`. */
  readonly subject: ((claims: JsonObject) => unknown) | undefined
  /** True if `sub` may be an integer; only in a legacy policy. */
  readonly integerSubject: boolean
  readonly required: readonly string[]
  readonly leeway: Seconds
  readonly maxLifetime: Seconds
  readonly maxAge: Seconds | undefined
  /** The time at which the policy ends, also for a token with a later `exp`; only in a legacy policy. */
  readonly until: Seconds | undefined
}

/** The reason why claims are invalid: a code, and facts for the log. Never a claim's value. */
export interface ClaimProblem {
  readonly code: TokenFailure
  readonly facts: Readonly<Record<string, unknown>>
}

/** Returns the claims with the subject in `sub`, as the policy says; without it if the policy finds none. */
export function withSubject(claims: JsonObject, { subject }: ClaimRules): JsonObject {
  if (!subject) return claims
  const { sub: _, ...others } = claims
  const found = subject(claims)
  return found === undefined || found === null ? others : { ...others, sub: found }
}

/**
 * Validates the claims of a token whose signature is already verified. Returns the first problem, or `undefined`.
 *
 * The order is that of the failure codes: form, issuer, audience, then times.
 */
export function validateClaims(
  claims: JsonObject,
  rules: ClaimRules,
  now: Seconds,
): ClaimProblem | undefined {
  return (
    validateForm(claims, rules) ??
    validateParties(claims, rules) ??
    validateTimes(claims, rules, now)
  )
}

function validateForm(claims: JsonObject, rules: ClaimRules): ClaimProblem | undefined {
  for (const name of rules.required) {
    if (!Object.hasOwn(claims, name)) return { code: 'claim_missing', facts: { claim: name } }
  }
  const { iss, sub, jti, aud, exp, nbf, iat } = claims
  if (iss !== undefined && !isText(iss)) return malformed('iss')
  if (!isText(sub) && !(rules.integerSubject && Number.isSafeInteger(sub))) return malformed('sub')
  if (jti !== undefined && !isText(jti)) return malformed('jti')
  if (aud !== undefined && !isAudience(aud)) return malformed('aud')
  if (!isNumericDate(exp)) return malformed('exp')
  if (nbf !== undefined && !isNumericDate(nbf)) return malformed('nbf')
  if (iat !== undefined && !isNumericDate(iat)) return malformed('iat')
  return undefined
}

/** RFC 7519, sections 4.1.1 and 4.1.3: both are compared whole and exactly. */
function validateParties(
  { iss, aud }: JsonObject,
  { issuer, audiences }: ClaimRules,
): ClaimProblem | undefined {
  if (issuer !== undefined && iss !== issuer)
    return { code: 'issuer_wrong', facts: { expected: issuer } }
  if (aud === undefined && audiences.length === 0) return undefined
  const named = aud as string | readonly string[] // validateForm has checked it
  const isMeant = (one: string) => audiences.includes(one) // no set: it would hash the text of each token
  if (typeof named === 'string' ? isMeant(named) : named.some(isMeant)) return undefined
  return { code: 'audience_wrong', facts: { expected: audiences } }
}

/** Validates the times of claims (RFC 7519, sections 4.1.4 to 4.1.6). The leeway applies to `exp`, `nbf` and `iat` alike. */
export function validateTimes(
  claims: JsonObject,
  rules: ClaimRules,
  now: Seconds,
): ClaimProblem | undefined {
  const { leeway, maxLifetime, maxAge, until } = rules
  if (until !== undefined && now >= until)
    return { code: 'legacy_token_ended', facts: { secondsAgo: now - until } }
  // validateForm has checked that these are numbers if present, and every policy requires exp
  const { exp, nbf, iat } = claims as { exp: Seconds; nbf?: Seconds; iat?: Seconds }
  if (now >= exp + leeway) return { code: 'token_expired', facts: { secondsAgo: now - exp } }
  if (nbf !== undefined && now < nbf - leeway)
    return { code: 'token_not_yet_valid', facts: { inSeconds: nbf - now } }
  if (iat === undefined) return undefined
  if (now < iat - leeway) return { code: 'token_issued_in_future', facts: { inSeconds: iat - now } }
  if (exp - iat > maxLifetime)
    return { code: 'token_lifetime_too_long', facts: { limit: maxLifetime } }
  if (maxAge !== undefined && now - iat > maxAge + leeway)
    return { code: 'token_too_old', facts: { limit: maxAge } }
  return undefined
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** Returns whether a value is a valid `aud`: one non-empty string, or a list of at least one. */
export function isAudience(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 && value.every(isText) : isText(value)
}

function isNumericDate(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER
}

function malformed(claim: string): ClaimProblem {
  return { code: 'claim_malformed', facts: { claim } }
}
