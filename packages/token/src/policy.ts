import { algorithms, isAlgorithm, type Algorithm } from './algorithms.ts'
import type { ClaimRules } from './claims.ts'
import { systemClock, type Clock, type Seconds } from './clock.ts'
import { fail } from './failures.ts'
import type { KeySource } from './key-set.ts'

/** What a token must satisfy. The four without `?` have no defaults, on purpose. */
export interface Policy {
  /** The one issuer whose tokens are good, compared whole with `iss`. */
  readonly issuer: string
  /** Who we are: `aud` must name one of these. */
  readonly audience: string | readonly string[]
  /** The algorithms that are allowed. Each key has exactly one; it must be among these too. */
  readonly algorithms: readonly Algorithm[]
  /** The issuer's keys. */
  readonly keys: KeySource
  /** What the header's `typ` must be; default `at+jwt` (RFC 9068, section 4). */
  readonly type?: string
  /** Claims that must be there, beside `iss`, `sub`, `aud` and `exp`, which always must; default `iat` and `jti`. */
  readonly required?: readonly string[]
  /** Seconds that two clocks may differ, for `exp`, `nbf` and `iat` alike; default 5, at most 300. */
  readonly leeway?: Seconds
  /** The longest `exp - iat` that is believed, in seconds; default one day. */
  readonly maxLifetime?: Seconds
  /** How long ago the token may have been issued, in seconds; no limit by default. Makes `iat` required. */
  readonly maxAge?: Seconds
  /** Characters of the longest token that is read at all; default 8,192. */
  readonly maxLength?: number
  /** How many verified tokens are remembered, about 1 kB each; default 10,000, and 0 for none. Time and key are checked on every hit. */
  readonly cacheSize?: number
  /** Default: the machine's clock. */
  readonly clock?: Clock
}

/** A policy that was checked, with every default filled in. */
export interface CheckedPolicy {
  readonly algorithms: ReadonlySet<Algorithm>
  readonly keys: KeySource
  readonly type: string
  readonly maxLength: number
  readonly cacheSize: number
  readonly clock: Clock
  readonly claims: ClaimRules
}

/**
 * Checks a policy once, when a verifier is made. Fails with `policy_invalid`, naming the member and what it wants; for
 * programs without types the required four are checked here as well.
 */
export function checkPolicy(policy: Policy): CheckedPolicy {
  const { issuer, algorithms: allowed, keys } = policy
  const audiences = typeof policy.audience === 'string' ? [policy.audience] : policy.audience
  if (!isText(issuer)) throw invalid('issuer', 'must be the text that iss must equal')
  if (!Array.isArray(audiences) || audiences.length === 0 || !audiences.every(isText)) {
    throw invalid('audience', 'must be one name or several, none of them empty')
  }
  if (!Array.isArray(allowed) || allowed.length === 0 || !allowed.every(isAlgorithm)) {
    throw invalid('algorithms', `must name one or more of ${Object.keys(algorithms).join(', ')}`)
  }
  if (typeof keys?.find !== 'function')
    throw invalid('keys', 'must be a key set; make one with localKeySet')
  const { type = 'at+jwt', required = ['iat', 'jti'], clock = systemClock } = policy
  if (!isText(type)) throw invalid('type', 'must be the text that typ must equal')
  const maxAge =
    policy.maxAge === undefined ? undefined : within(policy.maxAge, 'maxAge', 0, 31_536_000)
  return Object.freeze({
    algorithms: new Set<Algorithm>(allowed),
    keys,
    type: mediaType(type),
    maxLength: within(policy.maxLength ?? 8192, 'maxLength', 1, 65_536),
    cacheSize: within(policy.cacheSize ?? 10_000, 'cacheSize', 0, 10_000_000),
    clock,
    claims: Object.freeze({
      issuer,
      audiences: new Set(audiences),
      required: [
        ...new Set([
          'iss',
          'sub',
          'aud',
          'exp',
          ...required,
          ...(maxAge === undefined ? [] : ['iat']),
        ]),
      ],
      leeway: within(policy.leeway ?? 5, 'leeway', 0, 300),
      maxLifetime: within(policy.maxLifetime ?? 86_400, 'maxLifetime', 1, 315_360_000),
      maxAge,
    }),
  })
}

/** A `typ` made comparable: lower case, `application/` implied when there is no slash (RFC 7515, section 4.1.9). */
export function mediaType(typ: string): string {
  const lower = typ.toLowerCase()
  return lower.includes('/') ? lower : `application/${lower}`
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function within(value: number, member: string, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value // NaN is neither
  throw invalid(member, `must be a number from ${least} to ${most}`)
}

function invalid(member: string, wants: string) {
  return fail('policy_invalid', { detail: `${member} ${wants}`, facts: { member } })
}
