import { fail } from '../../failures.ts'
import type { FactorTables } from '../factors/enrolled-factors.ts'
import type { EnrolledFactors } from '../factors/factor-policy.ts'
import type { Secret } from '../kernel/secret.ts'
import type { CommonPasswords, PasswordHasher } from './password-hasher.ts'
import {
  isLongEnough,
  judgePassword,
  minLengthOf,
  normalizePassword,
  type PasswordRules,
} from './password.ts'
import type { PasswordOwner } from './personal-password.ts'

/** The dependencies of judging and hashing a new password. */
export interface NewPasswordDeps {
  readonly hasher: PasswordHasher
  readonly commonPasswords: CommonPasswords
  readonly policies: { readonly passwords: PasswordRules }
}

/**
 * Judges a new password and hashes it. Fails with `password_too_short`, `password_too_long`, `password_common`,
 * `password_personal` or `busy`. For a user who exists, pass their second factors, and call {@link judgeLengthIn} in the transaction.
 */
export async function hashNewPassword(
  { hasher, commonPasswords, policies }: NewPasswordDeps,
  password: Secret,
  owner: PasswordOwner,
  enrolled?: EnrolledFactors,
): Promise<string> {
  const { passwords: rules } = policies
  const minLength = minLengthOf(rules, enrolled)
  const verdict = judgePassword(password, { ...rules, minLength }, owner, await commonPasswords())
  if (verdict === 'password_too_short') throw tooShort(minLength)
  if (verdict === 'password_too_long')
    throw fail(verdict, { detail: 'it has more than 1024 bytes' })
  if (verdict !== 'good') throw fail(verdict)
  return hasher.hash(normalizePassword(password))
}

/**
 * Judges, in the transaction that writes a password, whether it is long enough for the factors that its user has now: the last one may have been
 * removed while the password was hashed. Lock the user first.
 */
export async function judgeLengthIn(
  { policies }: Pick<NewPasswordDeps, 'policies'>,
  tx: FactorTables,
  userId: string,
  password: Secret,
): Promise<'long_enough' | 'password_too_short'> {
  const minLength = minLengthOf(policies.passwords, await tx.enrolledFactors.find(userId))
  return isLongEnough(password, minLength) ? 'long_enough' : 'password_too_short'
}

/** Returns the failure of a password that has fewer characters. */
function tooShort(minLength: number) {
  return fail('password_too_short', { detail: `it has fewer than ${minLength} characters` })
}
