import { algorithms, isAlgorithm, type Algorithm } from '../jws/algorithms.ts'
import type { ClaimRules } from './claims.ts'
import { startOfDay, systemClock, type Clock, type Seconds } from '../lib/clock.ts'
import { fail, unknownMember } from '../failures.ts'
import type { KeySource } from '../jwks/key-set.ts'
import type { JsonObject } from '../lib/json.ts'
import { assertOptions, type NamesOf } from '../lib/options.ts'

/**
 * The requirements for a token. The four members without `?` have no defaults, on purpose.
 *
 * @example
 * import { generateKey, localKeySet, type Policy } from '@countersign/token'
 *
 * const policy: Policy = {
 *   issuer: 'https://issuer.example',
 *   audience: 'api',
 *   algorithms: ['ES256'],
 *   keys: localKeySet([generateKey('ES256')]),
 *   maxAge: 3600,
 * }
 */
export interface Policy {
  /** The only accepted issuer, compared whole with `iss`. */
  readonly issuer: string
  /** The names of this service: `aud` must contain one of them. */
  readonly audience: string | readonly string[]
  /** The allowed algorithms. Each key has exactly one, which must be among them. */
  readonly algorithms: readonly Algorithm[]
  /** The issuer's keys. */
  readonly keys: KeySource
  /**
   * The required `typ` of the header; default `at+jwt` (RFC 9068, section 4). For issuers that give their access tokens no type of their own:
   * `'JWT'`, or `'JWT or none'` if `typ` is missing as well (it is optional, RFC 7519, section 5.1). Nothing then keeps ID tokens and refresh
   * tokens of the same issuer away but their claims.
   */
  readonly type?: string
  /**
   * Returns the subject of a token, for issuers that write it elsewhere than in `sub`, as for client credentials or in `user_id`. It becomes the
   * verified `sub`. A token without one is rejected. Subjects of two kinds must not collide: put a prefix before one (RFC 9068, section 5).
   */
  readonly subject?: (claims: JsonObject) => unknown
  /** Required claims, in addition to `iss`, `sub`, `aud` and `exp`; default `iat` and `jti`. */
  readonly required?: readonly string[]
  /** The tolerated clock difference in seconds, for `exp`, `nbf` and `iat` alike; default 5, at most 300. */
  readonly leeway?: Seconds
  /** The longest accepted `exp - iat`, in seconds; default one day. */
  readonly maxLifetime?: Seconds
  /** The longest accepted age of a token since `iat`, in seconds; no limit by default. Makes `iat` required. */
  readonly maxAge?: Seconds
  /** The longest accepted token, in characters; default 8,192. */
  readonly maxLength?: number
  /** The number of verified tokens to cache, about 1 kB each; default 10,000, and 0 for none. Times and key are checked on every hit. */
  readonly cacheSize?: number
  /** Default: the machine's clock. */
  readonly clock?: Clock
}

/**
 * The requirements for a token of an older application, such as one written with PyJWT or jsonwebtoken: for the weeks of a migration,
 * while tokens of both kinds are in use. Algorithms, keys, signature, `sub`, `exp`, strict forms and the length of secrets are checked as
 * in a {@link Policy}.
 *
 * It is weaker than a {@link Policy} in these points:
 * - `typ` may be missing or `JWT`, so an ID token or a reset link signed with the same key is accepted as an access token.
 * - Without `issuer`, every holder of the key may have issued the token.
 * - Without `audience`, a token without one is accepted everywhere. A token with an audience is rejected until you name it here.
 * - `sub` may be an integer; it is returned as a string. So may what `subject` returns.
 * - Without `iat` nothing limits the lifetime of a token, and without `jti` tokens cannot be distinguished.
 *
 * @example
 * import { importSecret, localKeySet, type LegacyPolicy } from '@countersign/token'
 *
 * const policy: LegacyPolicy = {
 *   algorithms: ['HS256'],
 *   keys: localKeySet([importSecret('6b1f0c2e9d7a4835b0f1c6d2e3a49587', 'HS256')]),
 * }
 */
export interface LegacyPolicy extends Omit<Policy, 'issuer' | 'audience' | 'type'> {
  /** The only accepted issuer; by default `iss` is not checked. */
  readonly issuer?: string
  /** The names of this service; by default none, and then a token must not have an audience. */
  readonly audience?: string | readonly string[]
  /** Required claims, in addition to `sub` and `exp`; none by default. */
  readonly required?: readonly string[]
  /** The longest accepted `exp - iat`, in seconds; default 30 days. */
  readonly maxLifetime?: Seconds
  /** The day on which these tokens end, such as `2027-03-01`, at 0:00 UTC; at most a year ahead. From then on the verifier fails with `legacy_token_ended`. Default: never. */
  readonly until?: string
}

/** All members of a policy; a legacy policy has the same except for `type`. */
export const policyNames = {
  issuer: true,
  audience: true,
  algorithms: true,
  keys: true,
  type: true,
  subject: true,
  required: true,
  leeway: true,
  maxLifetime: true,
  maxAge: true,
  maxLength: true,
  cacheSize: true,
  clock: true,
} as const satisfies NamesOf<Policy>
const { type: _, ...strictNames } = policyNames
const legacyNames = { ...strictNames, until: true } as const satisfies NamesOf<LegacyPolicy>

/** A checked policy with all defaults filled in. */
export interface CheckedPolicy {
  readonly algorithms: ReadonlySet<Algorithm>
  readonly keys: KeySource
  /** The accepted media types of `typ`, with `undefined` if it may be missing. */
  readonly types: ReadonlySet<string | undefined>
  /** The names of the options that were set, so that no explanation advises to set one of them. */
  readonly settings: ReadonlySet<string>
  readonly maxLength: number
  readonly cacheSize: number
  readonly clock: Clock
  readonly claims: ClaimRules
}

/**
 * Checks a policy once, when a verifier is made. Fails with `policy_invalid`, naming the member and what it must be. The four
 * required members are checked too, for programs without types.
 */
export function checkPolicy(policy: Policy): CheckedPolicy {
  assertOptions(policy, policyNames, unknownMember)
  const { issuer, type = 'at+jwt', required = ['iat', 'jti'] } = policy
  if (!isText(issuer)) throw invalid('issuer', 'must be the string that iss must equal')
  const always = ['iss', 'sub', 'aud', 'exp', ...required]
  const audiences = audiencesOf(policy.audience)
  const rules = { issuer, audiences, integerSubject: false, until: undefined }
  return check(policy, {
    types: typesOf(type),
    always,
    maxLifetime: 86_400,
    ...rules,
  })
}

/** Checks a legacy policy. Fails with `policy_invalid`. */
export function checkLegacyPolicy(policy: LegacyPolicy): CheckedPolicy {
  assertOptions(policy, legacyNames, unknownMember)
  const { issuer, audience, required = [] } = policy
  if (issuer !== undefined && !isText(issuer))
    throw invalid('issuer', 'must be the string that iss must equal')
  const audiences = audience === undefined ? [] : audiencesOf(audience)
  const always = ['sub', 'exp', ...(issuer === undefined ? [] : ['iss']), ...required]
  if (audience !== undefined) always.push('aud')
  return check(policy, {
    types: typesOf(untyped),
    always,
    maxLifetime: 2_592_000,
    issuer,
    audiences,
    integerSubject: true,
    until:
      policy.until === undefined ? undefined : endOf(policy.until, policy.clock ?? systemClock),
  })
}

/** The differences between the two kinds of policy. */
interface PolicyKind extends Pick<
  ClaimRules,
  'issuer' | 'audiences' | 'integerSubject' | 'maxLifetime' | 'until'
> {
  readonly types: ReadonlySet<string | undefined>
  readonly always: readonly string[]
}

function check(policy: Omit<LegacyPolicy, 'issuer' | 'audience'>, kind: PolicyKind): CheckedPolicy {
  const { algorithms: allowed, keys, clock = systemClock, maxAge, subject } = policy
  const { types, always, maxLifetime, ...rules } = kind
  if (!Array.isArray(allowed) || allowed.length === 0 || !allowed.every(isAlgorithm)) {
    throw invalid('algorithms', `must name one or more of ${Object.keys(algorithms).join(', ')}`)
  }
  if (subject !== undefined && typeof subject !== 'function')
    throw invalid('subject', 'must be a function of the claims')
  if (typeof keys?.find !== 'function')
    throw invalid('keys', 'must be a key set; make one with localKeySet')
  return Object.freeze({
    algorithms: new Set<Algorithm>(allowed),
    keys,
    types,
    settings: new Set(
      Object.entries(policy).flatMap(([name, value]) => (value === undefined ? [] : [name])),
    ),
    maxLength: within(policy.maxLength ?? 8192, 'maxLength', 1, 65_536),
    cacheSize: within(policy.cacheSize ?? 10_000, 'cacheSize', 0, 10_000_000),
    clock,
    claims: Object.freeze({
      ...rules,
      subject,
      required: [...new Set([...always, ...(maxAge === undefined ? [] : ['iat'])])],
      leeway: within(policy.leeway ?? 5, 'leeway', 0, 300),
      maxLifetime: within(policy.maxLifetime ?? maxLifetime, 'maxLifetime', 1, 315_360_000),
      maxAge: maxAge === undefined ? undefined : within(maxAge, 'maxAge', 0, 31_536_000),
    }),
  })
}

const maxDaysAhead = 366 // a secret that signs tokens stays in the settings of two systems for that long

/** Returns when a legacy policy ends. A day far ahead is a mistake, or meant to be forgotten. */
function endOf(until: string, clock: Clock): Seconds {
  const at = startOfDay(until)
  if (at === undefined || at > clock.now() + maxDaysAhead * 86_400)
    throw invalid('until', 'must be a day such as 2027-03-01, at most a year ahead')
  return at
}

const untyped = 'JWT or none'
const mediaType = /^[\w!#$&^.+-]+(\/[\w!#$&^.+-]+)?$/ // RFC 6838, section 4.2

/** Returns the accepted media types of a policy's `type`, with `undefined` if `typ` may be missing. */
function typesOf(type: string): ReadonlySet<string | undefined> {
  if (type === untyped) return new Set([undefined, normalizeMediaType('JWT')])
  if (typeof type === 'string' && mediaType.test(type)) return new Set([normalizeMediaType(type)])
  throw invalid('type', `must be the string that typ must equal, or '${untyped}'`)
}

function audiencesOf(audience: string | readonly string[]): readonly string[] {
  const audiences: unknown = typeof audience === 'string' ? [audience] : audience
  if (Array.isArray(audiences) && audiences.length > 0 && audiences.every(isText))
    return [...new Set(audiences)]
  throw invalid('audience', 'must be one or more names, none of them empty')
}

/** Normalizes a `typ` for comparison: lower case, with `application/` added if it has no slash (RFC 7515, section 4.1.9). */
export function normalizeMediaType(typ: string): string {
  const lower = typ.toLowerCase()
  return lower.includes('/') ? lower : `application/${lower}`
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function within(value: number, member: string, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value // NaN is neither
  throw invalid(member, `must be a number from ${min} to ${max}`)
}

function invalid(member: string, requirement: string) {
  return fail('policy_invalid', { detail: `${member} ${requirement}`, facts: { member } })
}
