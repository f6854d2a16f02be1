import { algorithms, isAlgorithm, type Algorithm } from './algorithms.ts'
import type { ClaimRules } from './claims.ts'
import { systemClock, type Clock, type Seconds } from './clock.ts'
import { fail } from './failures.ts'
import type { KeySource } from './key-set.ts'
import { assertOptions, type NamesOf } from './options.ts'

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

/**
 * What a token of an older application must satisfy, one that was written with PyJWT or jsonwebtoken: for the weeks of a move,
 * while tokens of both kinds are about. Algorithms, keys, signature, `sub`, `exp` and the strict forms are demanded as
 * ever, and secrets must be as long as ever.
 *
 * What is given up beside {@link Policy}: `typ` may be missing or `JWT`, so that an ID token or a reset link signed with the same key
 * passes for an access token; without `issuer`, whoever shares the key may have issued it; without `audience`, a token that
 * names none is good everywhere (one that names an audience is refused until you say that it is you); `sub` may be a whole number and
 * arrives as text; without `iat` nothing limits how long a token lives, and without `jti` it cannot be told from another.
 */
export interface LegacyPolicy extends Omit<Policy, 'issuer' | 'audience' | 'type'> {
  /** The one issuer whose tokens are good; none by default, and then `iss` is not looked at. */
  readonly issuer?: string
  /** Who we are; by default nobody, and then a token must not name an audience. */
  readonly audience?: string | readonly string[]
  /** Claims that must be there, beside `sub` and `exp`, which always must; none by default. */
  readonly required?: readonly string[]
  /** The longest `exp - iat` that is believed, in seconds; default 30 days. */
  readonly maxLifetime?: Seconds
}

/** Every member of a policy; those of a legacy one are the same but for `type`. */
export const policyNames = {
  issuer: true,
  audience: true,
  algorithms: true,
  keys: true,
  type: true,
  required: true,
  leeway: true,
  maxLifetime: true,
  maxAge: true,
  maxLength: true,
  cacheSize: true,
  clock: true,
} as const satisfies NamesOf<Policy>
const { type: _, ...legacyNames } = policyNames satisfies NamesOf<LegacyPolicy> & { type: true }

/** A policy that was checked, with every default filled in. */
export interface CheckedPolicy {
  readonly algorithms: ReadonlySet<Algorithm>
  readonly keys: KeySource
  /** The media types that `typ` may be; `undefined` among them when it may be missing. */
  readonly types: ReadonlySet<string | undefined>
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
  assertOptions(policy, policyNames, unknownMember)
  const { issuer, type = 'at+jwt', required = ['iat', 'jti'] } = policy
  if (!isText(issuer)) throw invalid('issuer', 'must be the text that iss must equal')
  if (!isText(type)) throw invalid('type', 'must be the text that typ must equal')
  const always = ['iss', 'sub', 'aud', 'exp', ...required]
  const rules = { issuer, audiences: audiencesOf(policy.audience), integerSubject: false }
  return check(policy, { types: new Set([mediaType(type)]), always, maxLifetime: 86_400, ...rules })
}

/** The same for a legacy policy. Fails with `policy_invalid`. */
export function checkLegacyPolicy(policy: LegacyPolicy): CheckedPolicy {
  assertOptions(policy, legacyNames, unknownMember)
  const { issuer, audience, required = [] } = policy
  if (issuer !== undefined && !isText(issuer))
    throw invalid('issuer', 'must be the text that iss must equal')
  const audiences = audience === undefined ? new Set<string>() : audiencesOf(audience)
  const always = ['sub', 'exp', ...(issuer === undefined ? [] : ['iss']), ...required]
  if (audience !== undefined) always.push('aud')
  const types = new Set([undefined, mediaType('JWT')])
  return check(policy, {
    types,
    always,
    maxLifetime: 2_592_000,
    issuer,
    audiences,
    integerSubject: true,
  })
}

/** What the two kinds of policy do not share. */
interface Kind extends Pick<ClaimRules, 'issuer' | 'audiences' | 'integerSubject' | 'maxLifetime'> {
  readonly types: ReadonlySet<string | undefined>
  readonly always: readonly string[]
}

function check(policy: Omit<LegacyPolicy, 'issuer' | 'audience'>, kind: Kind): CheckedPolicy {
  const { algorithms: allowed, keys, clock = systemClock, maxAge } = policy
  const { types, always, maxLifetime, ...rules } = kind
  if (!Array.isArray(allowed) || allowed.length === 0 || !allowed.every(isAlgorithm)) {
    throw invalid('algorithms', `must name one or more of ${Object.keys(algorithms).join(', ')}`)
  }
  if (typeof keys?.find !== 'function')
    throw invalid('keys', 'must be a key set; make one with localKeySet')
  return Object.freeze({
    algorithms: new Set<Algorithm>(allowed),
    keys,
    types,
    maxLength: within(policy.maxLength ?? 8192, 'maxLength', 1, 65_536),
    cacheSize: within(policy.cacheSize ?? 10_000, 'cacheSize', 0, 10_000_000),
    clock,
    claims: Object.freeze({
      ...rules,
      required: [...new Set([...always, ...(maxAge === undefined ? [] : ['iat'])])],
      leeway: within(policy.leeway ?? 5, 'leeway', 0, 300),
      maxLifetime: within(policy.maxLifetime ?? maxLifetime, 'maxLifetime', 1, 315_360_000),
      maxAge: maxAge === undefined ? undefined : within(maxAge, 'maxAge', 0, 31_536_000),
    }),
  })
}

function audiencesOf(audience: string | readonly string[]): ReadonlySet<string> {
  const audiences = typeof audience === 'string' ? [audience] : audience
  if (Array.isArray(audiences) && audiences.length > 0 && audiences.every(isText))
    return new Set<string>(audiences)
  throw invalid('audience', 'must be one name or several, none of them empty')
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

/** Makes the failure of a policy with a member that there is not. */
export function unknownMember(detail: string, member: string) {
  return fail('policy_invalid', { detail, facts: { member } })
}

function invalid(member: string, wants: string) {
  return fail('policy_invalid', { detail: `${member} ${wants}`, facts: { member } })
}
