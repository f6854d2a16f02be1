import { fail } from '../../failures.ts'
import type { Secret } from '../kernel/secret.ts'
import type { CommonPasswords, PasswordHasher } from './password-hasher.ts'
import { judgePassword, normalizePassword, type PasswordRules } from './password.ts'
import type { PasswordOwner } from './personal-password.ts'

/** What judging and hashing a new password needs. */
export interface NewPasswordDeps {
  readonly hasher: PasswordHasher
  readonly commonPasswords: CommonPasswords
  readonly policies: { readonly passwords: PasswordRules }
}

/**
 * Judges a new password and hashes it. Fails with `password_too_short`, `password_too_long`, `password_common`,
 * `password_personal` or `busy`.
 */
export async function hashNewPassword(
  { hasher, commonPasswords, policies }: NewPasswordDeps,
  password: Secret,
  owner: PasswordOwner,
): Promise<string> {
  const rules = policies.passwords
  const verdict = judgePassword(password, rules, owner, await commonPasswords())
  if (verdict === 'password_too_short')
    throw fail(verdict, { detail: `it has fewer than ${rules.minLength} characters` })
  if (verdict === 'password_too_long')
    throw fail(verdict, { detail: 'it has more than 1024 bytes' })
  if (verdict !== 'good') throw fail(verdict)
  return hasher.hash(normalizePassword(password))
}
