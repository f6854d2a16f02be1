import { hasFactor, type EnrolledFactors } from '../factors/factor-policy.ts'
import { Secret } from '../kernel/secret.ts'
import { isCommonPassword, type IsListed } from './common-password.ts'
import { isPersonalPassword, type PasswordOwner } from './personal-password.ts'

const maxBytes = 1024 // hashed whole, never cut off; the limit keeps hashing from being used for denial of service

/** The rules for new passwords. */
export interface PasswordRules {
  /** Minimum number of characters. */
  readonly minLength: number
  /** The same for a user who has a second factor. */
  readonly minLengthWithFactor: number
  /** The names of this service, which attackers try first here. */
  readonly serviceWords: readonly string[]
}

/** The verdict on a new password: `good`, or the code of the failure. */
export type PasswordVerdict =
  | 'good'
  | 'password_too_short'
  | 'password_too_long'
  | 'password_common'
  | 'password_personal'

/**
 * Judges a new password (NIST SP 800-63B-4, section 3.1.1.2; ASVS 6.2): a minimum length, and not among those that attackers try first.
 * There are no rules about letters, digits and symbols: people answer such rules with `Password1!`. Pure.
 */
export function judgePassword(
  password: Secret,
  { minLength, serviceWords }: Pick<PasswordRules, 'minLength' | 'serviceWords'>,
  owner: PasswordOwner,
  isListed: IsListed,
): PasswordVerdict {
  const text = normalizePassword(password).reveal()
  if (!isLongEnough(password, minLength)) return 'password_too_short'
  if (Buffer.byteLength(text) > maxBytes) return 'password_too_long'
  const folded = text.normalize('NFKC').toLowerCase()
  if (isPersonalPassword(folded, owner, serviceWords)) return 'password_personal'
  return isCommonPassword(folded, isListed) ? 'password_common' : 'good'
}

/** Returns whether a password has so many characters, as it is hashed. Pure. */
export function isLongEnough(password: Secret, minLength: number): boolean {
  return [...normalizePassword(password).reveal()].length >= minLength
}

/** Returns the minimum length of a user's password, which may be shorter if it is not the only factor (NIST SP 800-63B-4, section 3.1.1.2). Pure. */
export function minLengthOf(
  { minLength, minLengthWithFactor }: Pick<PasswordRules, 'minLength' | 'minLengthWithFactor'>,
  enrolled: EnrolledFactors | undefined,
): number {
  return enrolled && hasFactor(enrolled) ? minLengthWithFactor : minLength
}

/** Returns advice on choosing an acceptable password. */
export function passwordAdvice(minLength: number): string {
  return `At least ${minLength} characters. Several words that do not belong together are easy to keep and hard to guess.`
}

/** Returns the form that is hashed: NFC, so that a password typed on two keyboards is the same password. */
export function normalizePassword(password: Secret): Secret {
  return new Secret(password.reveal().normalize('NFC'))
}
