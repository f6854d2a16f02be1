import type { Secret } from './secret.ts'

/** The languages of mails and of the pages that belong to them. */
export const languages = ['en', 'de'] as const

/** A language, by its tag (RFC 5646). */
export type Language = (typeof languages)[number]

/** The client that sent a request, as far as it is known: for the audit log, for limits, and for the list of a user's sessions. */
export interface ClientInfo {
  readonly userAgent?: string | undefined
  readonly address?: string | undefined
  /** The cookie of a browser in which a user has signed in: attempts of that user from it are counted by themselves. */
  readonly device?: Secret | undefined
  /** The language that its user prefers, for mails. */
  readonly language?: Language | undefined
}
