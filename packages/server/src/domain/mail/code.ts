import type { Seconds } from '@countersign/token/internal'
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Random } from '../kernel/ports.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import { hashOf, Secret } from '../kernel/secret.ts'
import { clientNetworksOf } from '../limits/client-network.ts'

// A code proves that its user reads an address. The mail has nine digits and a link. A robot that opens every link of a mail has neither the
// cookie of the browser that asked nor types digits, so it can neither use the link nor use it up.

/** The action that a code allows. */
export type CodePurpose = 'reset_password' | 'verify_email' | 'sign_in'

/** A code with its link, as it is stored: nothing of it can be read back. */
export interface MailCode {
  readonly id: string
  /** A keyed hash of the purpose, of whom it is for, and of its slot; a newer code under the same key replaces it. */
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
  /** A keyed hash of the network that asked; null for a link to hand over. */
  readonly network: string | null
  /** The id of the user or the service account that made a link to hand over; null for the command line, and for what was mailed. */
  readonly createdBy: string | null
  readonly createdAt: Seconds
  readonly expiresAt: Seconds
  /** The number of wrong codes that were entered in requests that named the id. */
  readonly wrong: number
}

/** The browser hash of a link that works in every browser: one that an administrator hands over. */
export const anyBrowser = 'any'

/** The prefix of the ids of links to hand over (reset links): their page asks for no code. */
export const resetLinkPrefix = 'h_'

/** The prefix of the ids of codes that are mailed. Without one, an id in 4,096 would begin as those of links to hand over. */
export const mailedCodePrefix = 'c_'

/** The lifetime of a code, in seconds (ASVS 6.5.5: ten minutes at most). */
export const codeSeconds = 600

/** After so many wrong codes in requests that name its id, the id is of no use any more. */
export const maxWrongCodes = 5

/** The maximum number of live codes for the same purpose and person: each was asked for from another network. */
const maxLiveCodes = 3

/** The number of digits of a code: so many that no one guesses one within the limits. The sum is in `docs/decisions/0028-mail.md`. */
const digitCount = 9

/** A code as it is presented: how it is found, and the proof: the digits, or the link in the browser that asked. */
export interface CodeProof {
  /** The id of the code, from the link or the page. */
  readonly id?: string | undefined
  /** The person it is for, as when it was asked for; needed without an id. */
  readonly whom?: readonly string[] | undefined
  readonly code?: Secret | undefined
  /** The secret of the link. */
  readonly link?: Secret | undefined
  /** The secret of the browser, from its cookie. */
  readonly browser?: Secret | undefined
}

/** Makes nine random digits. */
export function newDigits(random: Random): Secret {
  const number = random.bytes(6).readUIntBE(0, 6) % 10 ** digitCount // 2^48 is so much larger that no digit is more likely
  return new Secret(String(number).padStart(digitCount, '0'))
}

/** Writes digits in groups of three, for reading. */
export function groupDigits(digits: Secret): Secret {
  return new Secret(digits.reveal().replace(/\d{3}(?=\d)/g, '$& '))
}

/** Hashes digits for storing. With a key, because there are few enough to try all. */
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

/**
 * Returns the keys under which the live codes for a purpose and an address or user are stored. The first is the key from before there were slots
 * (migration 0024), so that an upgrade neither loses a code nor keeps its link when all codes of a user end.
 */
export function slotKeys(
  root: RootSecret,
  purpose: CodePurpose,
  ...whom: readonly string[]
): readonly string[] {
  return Array.from({ length: maxLiveCodes }, (_, slot) =>
    codeKey(root, purpose, ...whom, ...(slot === 0 ? [] : [String(slot)])),
  )
}

/**
 * Returns a keyed hash of the network of a client: the IPv4 address or the /48 of an IPv6 address, because a customer may have so many. All
 * clients without an address count as one network.
 */
export function networkKey(root: RootSecret, address: string | undefined): string {
  const mac = createHmac('sha256', root.key('mail codes').reveal())
  const network = address === undefined ? '' : clientNetworksOf(address).at(-1)
  return mac.update(JSON.stringify(['network', network])).digest('base64url')
}

/**
 * Returns the key for a new code: that of the live code that the same network asked for, which it replaces, or a free one. `undefined` while
 * other networks have asked for as many as may be live: no one ends the code of another network. Pure.
 */
export function chooseSlot(
  keys: readonly string[],
  stored: readonly MailCode[],
  network: string,
  now: Seconds,
): string | undefined {
  const live = stored.filter(({ expiresAt }) => now < expiresAt)
  const own = live.find((code) => code.network === network)
  return own?.key ?? keys.find((key) => !live.some((code) => code.key === key))
}

/** Judges what was presented. Pure. `wrong_code` counts as a try, `wrong` does not: 32 random bytes cannot be guessed. */
export function judgeCode(
  root: RootSecret,
  stored: MailCode | undefined,
  purpose: CodePurpose,
  { id, code, link, browser }: CodeProof,
  now: Seconds,
): 'good' | 'wrong' | 'wrong_code' {
  if (stored?.purpose !== purpose || now >= stored.expiresAt) return 'wrong'
  if (id !== undefined && stored.wrong >= maxWrongCodes) return 'wrong'
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
