import type { Seconds } from '@countersign/token/internal'
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Random } from '../kernel/ports.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import { hashOf, Secret } from '../kernel/secret.ts'

// A code proves that its user reads an address. The mail has six digits and a link. A robot that opens every link of a mail has neither the
// cookie of the browser that asked nor types digits, so it can neither use the link nor use it up.

/** What a code allows. */
export type CodePurpose = 'reset_password' | 'verify_email' | 'sign_in'

/** A code with its link, as it is stored: nothing of it can be read back. */
export interface MailCode {
  readonly id: string
  /** A keyed hash of the purpose and of whom it is for; a newer code for the same replaces it. */
  readonly key: string
  readonly purpose: CodePurpose
  /** The user, if that was known when it was made. */
  readonly userId: string | null
  /** The address that it was sent to, encrypted; empty for a link that was not mailed. */
  readonly address: string
  readonly codeHash: string
  readonly linkHash: string
  /** The hash of the secret of the browser that asked; null for a client without cookies, and {@link anyBrowser} for a link to hand over. */
  readonly browserHash: string | null
  readonly createdAt: Seconds
  readonly expiresAt: Seconds
  /** How often a wrong code was entered. */
  readonly wrong: number
}

/** The browser hash of a link that works in every browser: one that an administrator hands over. */
export const anyBrowser = 'any'

/** Begins the ids of such links, so that the page of the link knows that there is no code. */
export const handedPrefix = 'h_'

/** How long a code is valid (ASVS 6.5.5: ten minutes at most). */
export const codeSeconds = 600

/** After so many wrong codes it is ended. With a million codes, they are guessed once in 200,000 times. */
export const maxWrongCodes = 5

/** What was presented: how the code is found, and the proof: the digits, or the link in the browser that asked. */
export interface CodeProof {
  /** The id of the code, from the link or the page. */
  readonly id?: string | undefined
  /** Whom it is for, as when it was asked for; needed without an id. */
  readonly whom?: readonly string[] | undefined
  readonly code?: Secret | undefined
  /** The secret of the link. */
  readonly link?: Secret | undefined
  /** The secret of the browser, from its cookie. */
  readonly browser?: Secret | undefined
}

/** Makes six random digits. */
export function newDigits(random: Random): Secret {
  const number = random.bytes(6).readUIntBE(0, 6) % 1_000_000 // 2^48 is so much larger that no digit is more likely
  return new Secret(String(number).padStart(6, '0'))
}

/** Hashes digits for storing. With a key, because there are only a million. */
export function digitsHash(root: RootSecret, id: string, digits: Secret): string {
  const mac = createHmac('sha256', root.key('mail codes').reveal())
  return mac.update(`${id} ${digits.reveal()}`).digest('base64url')
}

/** Returns the key of a code for a purpose and an address or user. */
export function codeKey(
  root: RootSecret,
  purpose: CodePurpose,
  ...whom: readonly string[]
): string {
  const mac = createHmac('sha256', root.key('mail codes').reveal())
  return mac.update(JSON.stringify([purpose, ...whom])).digest('base64url')
}

/** Judges what was presented. Pure. `wrong_code` counts as a try, `wrong` does not: 32 random bytes cannot be guessed. */
export function judgeCode(
  root: RootSecret,
  stored: MailCode | undefined,
  purpose: CodePurpose,
  { code, link, browser }: CodeProof,
  now: Seconds,
): 'good' | 'wrong' | 'wrong_code' {
  if (stored?.purpose !== purpose) return 'wrong'
  if (now >= stored.expiresAt || stored.wrong >= maxWrongCodes) return 'wrong'
  const isLink = link !== undefined && isSame(hashOf(link), stored.linkHash)
  const isBrowser =
    stored.browserHash === anyBrowser ||
    (browser !== undefined &&
      stored.browserHash !== null &&
      isSame(hashOf(browser), stored.browserHash))
  if (isLink && isBrowser) return 'good'
  if (code === undefined) return 'wrong'
  return isSame(digitsHash(root, stored.id, code), stored.codeHash) ? 'good' : 'wrong_code'
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
