import type { User } from '../users/user.ts'

// Factors: what a user proves besides a password. `judgeFactors` decides whether a sign-in is complete; `startSession` asks it in its
// transaction, so that no way to sign in can go around it.

/** The policy on second factors: the users who must sign in with one. Users who have one always must. */
export interface FactorPolicy {
  /** Users with one of these roles, or everyone. */
  readonly requiredFor: 'everyone' | readonly string[]
}

/** The second factors of a user. */
export interface EnrolledFactors {
  /** True if an authenticator application is confirmed. */
  readonly totp: boolean
  /** The number of passkeys that the user has. */
  readonly passkeys: number
  /** The number of recovery codes that are left. They replace another factor and are none by themselves. */
  readonly recoveryCodes: number
}

/** The factor that is missing from a sign-in: none, one of the user's factors, or one that the user must add first. */
export type FactorVerdict = 'complete' | 'factor_required' | 'enrolment_required'

/** The authentication method that stands for several factors (RFC 8176, section 2). */
const multiFactor = 'mfa'

/** The name of a second factor that a user can prove. */
export type FactorKind = 'passkey' | 'totp' | 'recovery_code'

/** The methods of a passkey: possession of a key, and a user who was present and verified by the device. */
const passkeyMethods: readonly string[] = ['pop', 'user']

/** The authentication methods that a proven factor adds to those of the first step (RFC 8176). */
const methodsOf: Readonly<Record<FactorKind, readonly string[]>> = {
  passkey: [...passkeyMethods, multiFactor], // the device has verified its user: two factors
  totp: ['otp', multiFactor],
  recovery_code: ['otp', multiFactor],
}

/**
 * Returns the authentication methods of a sign-in after another factor was proven. Those of an earlier passkey end with a code: `auth_time` is
 * that of the code then, and it resists no phishing.
 */
export function withFactor(amr: readonly string[], factor: FactorKind): readonly string[] {
  const earlier = amr.filter((one) => !passkeyMethods.includes(one))
  return [...new Set([...earlier, ...methodsOf[factor]])]
}

/** Returns whether authentication methods include a second factor. */
export function isMultiFactor(amr: readonly string[]): boolean {
  return amr.includes(multiFactor)
}

/** The authentication context classes that sessions can have (RFC 9068, section 2.2.1), the strongest first. */
export const acrValues = ['phr', 'mfa'] as const

type Acr = (typeof acrValues)[number]

/**
 * Returns the classes that the authentication methods of a session meet: `phr`, phishing-resistant, after a passkey (OpenID Connect EAP ACR
 * Values 1.0), and `mfa` after any second factor.
 */
function classesOf(amr: readonly string[]): readonly Acr[] {
  if (!isMultiFactor(amr)) return []
  return amr.includes('pop') ? ['phr', 'mfa'] : ['mfa']
}

/** Returns the strongest authentication context class of a session, or `undefined` if one factor was proven. */
export function acrOf(amr: readonly string[]): Acr | undefined {
  return classesOf(amr)[0]
}

/**
 * Returns whether authentication methods have one of the classes that an application asks for (`acr_values`). A request that names only classes of
 * other servers is met: the parameter is a wish (OpenID Connect Core, section 3.1.2.1). Pure.
 */
export function meetsAcr(amr: readonly string[], wanted: readonly string[]): boolean {
  const known = wanted.filter((one) => acrValues.some((value) => value === one))
  const met: readonly string[] = classesOf(amr)
  return known.length === 0 || known.some((one) => met.includes(one))
}

/** Returns whether a user has a second factor. */
export function hasFactor({ totp, passkeys }: Pick<EnrolledFactors, 'totp' | 'passkeys'>): boolean {
  return totp || passkeys > 0
}

/** Returns the kinds of factors that a user can prove. */
export function kindsOf({ totp, passkeys, recoveryCodes }: EnrolledFactors): readonly FactorKind[] {
  return [
    ...(passkeys > 0 ? (['passkey'] as const) : []),
    ...(totp ? (['totp'] as const) : []),
    ...(recoveryCodes > 0 ? (['recovery_code'] as const) : []),
  ]
}

/** Judges whether authentication methods are enough for a user. Pure. */
export function judgeFactors(
  policy: FactorPolicy,
  { roles }: Pick<User, 'roles'>,
  enrolled: EnrolledFactors,
  amr: readonly string[],
): FactorVerdict {
  if (isMultiFactor(amr)) return 'complete'
  if (hasFactor(enrolled)) return 'factor_required'
  return requiresFactor(policy, roles) ? 'enrolment_required' : 'complete'
}

/** Returns whether the policy requires a second factor of users with these roles. Pure. */
export function requiresFactor({ requiredFor }: FactorPolicy, roles: readonly string[]): boolean {
  return requiredFor === 'everyone' || roles.some((one) => requiredFor.includes(one))
}

/**
 * Returns whether the session of a user, by its authentication methods, proves less than the policy requires of their roles now: it was started
 * before the policy, or before the user had the role. It must yield no tokens. Pure.
 */
export function isBelowPolicy(
  policy: FactorPolicy,
  { roles }: Pick<User, 'roles'>,
  { amr }: { readonly amr: readonly string[] },
): boolean {
  return requiresFactor(policy, roles) && !isMultiFactor(amr)
}

/**
 * Judges whether a user may remove a factor: not the last one if the policy requires one. With the last one go the recovery codes, which are
 * none by themselves. Pure.
 */
export function judgeRemoval(
  policy: FactorPolicy,
  { roles }: Pick<User, 'roles'>,
  enrolled: EnrolledFactors,
  kind: 'totp' | 'passkey',
): 'others_left' | 'last_factor' | 'factor_unknown' | 'factor_needed' {
  const { totp, passkeys } = enrolled
  if (kind === 'totp' ? !totp : passkeys === 0) return 'factor_unknown'
  const left = kind === 'totp' ? { totp: false, passkeys } : { totp, passkeys: passkeys - 1 }
  if (hasFactor(left)) return 'others_left'
  return requiresFactor(policy, roles) ? 'factor_needed' : 'last_factor'
}
