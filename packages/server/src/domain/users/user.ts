import type { Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import type { Language } from '../kernel/client-info.ts'

/** A person who can sign in. */
export interface User {
  readonly id: string
  /** As it was given, for showing. Compare names by {@link foldName}. */
  readonly name: string
  /** As it was given; null for none. Compare by `foldEmail`. */
  readonly email: string | null
  /** The time at which the user proved that they control the address; null if they did not. */
  readonly emailVerifiedAt: Seconds | null
  /** The claim `roles` of access tokens. */
  readonly roles: readonly string[]
  readonly createdAt: Seconds
  readonly disabledAt: Seconds | null
  /** The time at which the password was last set or changed; renewing its hash does not count. */
  readonly passwordChangedAt: Seconds
  /** False for a user whom no password signs in: one who came from an identity provider, or was imported without a hash. */
  readonly hasPassword: boolean
  /** The language that the user has chosen for mails and pages; null if they have not. */
  readonly language: Language | null
}

/** Returns a new user: no e-mail address, no roles, not disabled, no language chosen. */
export function newUser(id: string, name: string, createdAt: Seconds): User {
  const none = { email: null, emailVerifiedAt: null, roles: [], disabledAt: null, language: null }
  return { id, name, ...none, createdAt, passwordChangedAt: createdAt, hasPassword: true }
}

const maxLength = 128 // characters; longer names are mistakes or attacks

/** Returns whether a text contains invisible characters: control and unassigned ones, joiners, fillers, variation selectors, the Braille blank. */
export function holdsUnseen(text: string): boolean {
  return /\p{C}|\p{Default_Ignorable_Code_Point}|\u2800/u.test(text)
}

/** Checks a new user name: 1 to 128 characters, no blanks around it, nothing invisible or unassigned in it. */
export function parseName(text: string): string {
  const refuse = (detail: string) => fail('username_unacceptable', { detail })
  if (text.trim() === '') throw refuse('it is empty')
  if ([...text].length > maxLength) throw refuse(`it has more than ${maxLength} characters`)
  if (text !== text.trim()) throw refuse('it begins or ends with a blank')
  if (holdsUnseen(text)) throw refuse('it holds control or invisible characters')
  return text
}

/** Characters that no database stores unchanged: NUL, which PostgreSQL refuses, and lone surrogates. */
const unstorable = /[\0\p{Cs}]/gu

/**
 * Folds a name to the form in which names are compared: NFKC and case folding, so that look-alike spellings are one user. Characters that no
 * database stores become one that no name contains: the look-up is an ordinary one, and finds nothing.
 */
export function foldName(name: string): string {
  // Upper case joins what lower case keeps apart (`ß` and `SS`), and the other way round (`ẞ` and `ß`): repeated until nothing changes.
  // Decomposed first, because marks have a defined order then (Unicode, section 3.13.5).
  const text = name.replaceAll(unstorable, '\u0001')
  const folded = text.normalize('NFKD').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC')
  return folded === name ? folded : foldName(folded)
}
