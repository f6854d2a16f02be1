import type { Seconds } from '@countersign/token/internal'
import type { Language } from '../kernel/client-info.ts'
import { Secret } from '../kernel/secret.ts'

// Mail: the outbox, which sends what a transaction has written into it, and the codes that prove control of an address. `enqueueMail` writes a
// mail, the job `send-mail` sends it through the port `Mailer`.

/** Every kind of mail, which is the name of its template, with the seconds for which it is worth sending. */
export const mailKinds = {
  test: 3_600,
  'password-reset': 600,
  'password-changed': 2 * 86_400,
  'email-verification': 600,
  'email-changed': 2 * 86_400,
  'sign-in-code': 600,
  'new-device': 2 * 86_400,
  'factor-added': 2 * 86_400,
  'passkey-added': 2 * 86_400,
  'factor-removed': 2 * 86_400,
  'recovery-codes-made': 2 * 86_400,
  'recovery-code-used': 2 * 86_400,
  'identity-linked': 2 * 86_400,
  'identity-unlinked': 2 * 86_400,
} as const satisfies Readonly<Record<string, Seconds>>

/** The name of a kind of mail. */
export type MailKind = keyof typeof mailKinds

/** A mail before it is rendered. */
export interface Mail {
  readonly kind: MailKind
  /** The address of the recipient. */
  readonly to: string
  readonly language: Language
  /**
   * With it the mail is sent only to the address of a user who is not disabled, or only to one that is verified. This is looked up when the mail
   * is sent, and not when it is asked for: no answer depends on it.
   */
  readonly onlyTo?: 'users' | 'verified_users'
  /** The values of the template. */
  readonly values: Readonly<Record<string, string>>
  /** The values that nothing else may show: codes and links. */
  readonly secrets: Readonly<Record<string, Secret>>
}

/** A mail with its identity, which stays the same however often it is sent. */
export interface IdentifiedMail extends Mail {
  /** The left part of its Message-ID (RFC 5322, section 3.6.4), so that recipients drop a copy. */
  readonly id: string
  readonly createdAt: Seconds
}

/** The outcome of one attempt to deliver a mail. `error` is a short code such as `EENVELOPE 550 5.1.1`, without any text of the other server. */
export type Delivery =
  | { readonly kind: 'sent' }
  /** It may succeed later: no connection, a refused sign-in, or a reply of 4xx. */
  | { readonly kind: 'deferred'; readonly error: string }
  /** It will not succeed: a reply of 5xx. */
  | { readonly kind: 'rejected'; readonly error: string }

/** Renders mails and delivers them. A port. */
export interface Mailer {
  deliver(mail: IdentifiedMail): Promise<Delivery>
}

/** Writes a mail as text, for encryption. */
export function writeMail({ secrets, ...mail }: Mail): Secret {
  const revealed = Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()])
  return new Secret(JSON.stringify({ ...mail, secrets: Object.fromEntries(revealed) }))
}

/** Reads what {@link writeMail} wrote. */
export function readMail(text: Secret): Mail {
  const { secrets, ...mail } = JSON.parse(text.reveal()) as Omit<Mail, 'secrets'> & {
    readonly secrets: Readonly<Record<string, string>>
  } // written by `writeMail`, and authenticated since
  const hidden = Object.entries(secrets).map(([name, one]) => [name, new Secret(one)] as const)
  return { ...mail, secrets: Object.fromEntries(hidden) }
}

const firstRetrySeconds = 10
const maxRetrySeconds = 900

/** Returns when to try a deferred mail again: after 10 s, then twice as long each time, 15 minutes at most; `undefined` if it would be too late. Pure. */
export function planRetry(
  attempts: number,
  now: Seconds,
  deliverUntil: Seconds,
): Seconds | undefined {
  const next = now + Math.min(maxRetrySeconds, firstRetrySeconds * 2 ** (attempts - 1))
  return next < deliverUntil ? next : undefined
}
