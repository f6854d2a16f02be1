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

/** The claims of a token that was verified: what the policy always requires is there. */
export interface VerifiedClaims extends Claims {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly exp: Seconds
}

/** What claims are held against: the policy, with every default filled in. */
export interface ClaimRules {
  readonly issuer: string
  readonly audiences: ReadonlySet<string>
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

const texts = ['iss', 'sub', 'jti'] as const
const times = ['exp', 'nbf', 'iat'] as const

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

function judgeForm(claims: JsonObject, { required }: ClaimRules): Fault | undefined {
  for (const name of required) {
    if (!Object.hasOwn(claims, name)) return { code: 'claim_missing', facts: { claim: name } }
  }
  for (const name of texts) {
    const value = claims[name]
    if (value !== undefined && (typeof value !== 'string' || value === '')) return malformed(name)
  }
  for (const name of times) {
    const value = claims[name]
    if (value !== undefined && !isNumericDate(value)) return malformed(name)
  }
  return undefined
}

/** RFC 7519, sections 4.1.1 and 4.1.3: both compared whole and exactly. */
function judgeParties(
  { iss, aud }: JsonObject,
  { issuer, audiences }: ClaimRules,
): Fault | undefined {
  if (iss !== issuer) return { code: 'issuer_wrong', facts: { expected: issuer } }
  const meant: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  if (meant.length === 0 || !meant.every((one) => typeof one === 'string' && one !== ''))
    return malformed('aud')
  if (meant.some((one) => audiences.has(one as string))) return undefined
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

function isNumericDate(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER
}

function malformed(claim: string): Fault {
  return { code: 'claim_malformed', facts: { claim } }
}
