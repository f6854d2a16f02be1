import type { Seconds } from '@countersign/token'
import { fail } from '../../failures.ts'

/** A person who can sign in. */
export interface User {
  readonly id: string
  /** As it was given, for showing. Compare names by {@link foldName}. */
  readonly name: string
  readonly createdAt: Seconds
  readonly disabledAt: Seconds | null
}

const maxLength = 128 // characters; longer names are mistakes or attacks

/** Checks a new user name: 1 to 128 characters, no blanks around it, nothing invisible or unassigned in it. */
export function parseName(text: string): string {
  const refuse = (detail: string) => fail('username_unacceptable', { detail })
  if (text.trim() === '') throw refuse('it is empty')
  if ([...text].length > maxLength) throw refuse(`it has more than ${maxLength} characters`)
  if (text !== text.trim()) throw refuse('it begins or ends with a blank')
  if (/\p{C}/u.test(text)) throw refuse('it holds control or invisible characters')
  return text
}

/** The form under which names are compared: NFKC and case folding, so that look-alike spellings are one user. */
export function foldName(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
}
