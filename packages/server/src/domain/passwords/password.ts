import { Secret } from '../kernel/secret.ts'
import { isCommonPassword, type IsListed } from './common-password.ts'
import { isPersonalPassword, type PasswordOwner } from './personal-password.ts'

const maxBytes = 1024 // hashed whole, never cut off; the bound keeps a hash from being a weapon

/** What new passwords must be. */
export interface PasswordRules {
  /** Fewest characters. */
  readonly minLength: number
  /** What this service is called, in words that are guessed first here. */
  readonly serviceWords: readonly string[]
}

/** What is wrong with a new password, as the code of the failure; or nothing. */
export type PasswordVerdict =
  | 'good'
  | 'password_too_short'
  | 'password_too_long'
  | 'password_common'
  | 'password_personal'

/**
 * Judges a new password (NIST SP 800-63B-4, section 3.1.1.2; ASVS 6.2): a length, and not among those that are guessed first.
 * Letters, digits and signs are never asked for: people answer such rules with `Password1!`. Pure.
 */
export function judgePassword(
  password: Secret,
  { minLength, serviceWords }: PasswordRules,
  owner: PasswordOwner,
  isListed: IsListed,
): PasswordVerdict {
  const text = normalizePassword(password).reveal()
  if ([...text].length < minLength) return 'password_too_short'
  if (Buffer.byteLength(text) > maxBytes) return 'password_too_long'
  const folded = text.normalize('NFKC').toLowerCase()
  if (isPersonalPassword(folded, owner, serviceWords)) return 'password_personal'
  return isCommonPassword(folded, isListed) ? 'password_common' : 'good'
}

/** How to choose a password that is taken, for people. */
export function passwordAdvice(minLength: number): string {
  return `At least ${minLength} characters. Several words that do not belong together are easy to keep and hard to guess.`
}

/** The form that is hashed: NFC, so that one password typed on two keyboards is one password. */
export function normalizePassword(password: Secret): Secret {
  return new Secret(password.reveal().normalize('NFC'))
}
