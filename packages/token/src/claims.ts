import type { Seconds } from './clock.ts'
import type { TokenFailure } from './failures.ts'
import type { JsonObject } from './json.ts'

/** What a token says (RFC 7519, section 4). Times are seconds since 1970. */
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

/** What every verified token says, whichever policy it satisfied: whom it is about and when it ends. */
export interface ProvenClaims extends Claims {
  readonly sub: string
  readonly exp: Seconds
}

/** The claims of a token that satisfied a policy: what the policy always requires is there. */
export interface VerifiedClaims extends ProvenClaims {
  readonly iss: string
  readonly aud: string | readonly string[]
}

/** What claims are held against: the policy, with every default filled in. */
export interface ClaimRules {
  /** Only a legacy policy may do without. */
  readonly issuer: string | undefined
  /** Empty only in a legacy policy; a token that names an audience is refused then. */
  readonly audiences: ReadonlySet<string>
  /** Whether `sub` may be a whole number: only in a legacy policy. */
  readonly integerSubject: boolean
  readonly required: readonly string[]
  readonly leeway: Seconds
  readonly maxLifetime: Seconds
  readonly maxAge: Seconds | undefined
}

/** Why claims do not hold: a code, and for the log what was wrong. Never a claim's value. */
export interface Fault {
  readonly code: TokenFailure
  readonly facts: Readonly<Record<string, unknown>>
}

/**
 * Judges the claims of a token whose signature is already proven. Pure. Returns the first fault, or `undefined`.
 *
 * The order is that of the catalogue: form, issuer, audience, then time.
 */
export function judgeClaims(
  claims: JsonObject,
  rules: ClaimRules,
  now: Seconds,
): Fault | undefined {
  return judgeForm(claims, rules) ?? judgeParties(claims, rules) ?? judgeTimes(claims, rules, now)
}

function judgeForm(claims: JsonObject, rules: ClaimRules): Fault | undefined {
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

/** RFC 7519, sections 4.1.1 and 4.1.3: both compared whole and exactly. */
function judgeParties(
  { iss, aud }: JsonObject,
  { issuer, audiences }: ClaimRules,
): Fault | undefined {
  if (issuer !== undefined && iss !== issuer)
    return { code: 'issuer_wrong', facts: { expected: issuer } }
  if (aud === undefined && audiences.size === 0) return undefined
  const meant = aud as string | readonly string[] // judgeForm has shown it
  if (typeof meant === 'string' ? audiences.has(meant) : meant.some((one) => audiences.has(one)))
    return undefined
  return { code: 'audience_wrong', facts: { expected: [...audiences] } }
}

/** RFC 7519, sections 4.1.4 to 4.1.6. Leeway is given for `exp`, `nbf` and `iat` alike. */
export function judgeTimes(claims: JsonObject, rules: ClaimRules, now: Seconds): Fault | undefined {
  const { leeway, maxLifetime, maxAge } = rules
  // judgeForm has shown that these are numbers where they are there, and the policy requires exp
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

/** Whether a value can be an `aud`: one name or several, none of them empty, and at least one. */
export function isAudience(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 && value.every(isText) : isText(value)
}

function isNumericDate(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER
}

function malformed(claim: string): Fault {
  return { code: 'claim_malformed', facts: { claim } }
}
