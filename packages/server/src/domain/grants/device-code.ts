import type { Seconds } from '@countersign/token/internal'
import { createHmac } from 'node:crypto'
import type { Random } from '../kernel/ports.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import { Secret } from '../kernel/secret.ts'

// The codes of the device grant (RFC 8628): a program keeps the device code and shows the user code, which a user types on another device.

/** A device code with its user code, as it is stored: only hashes of both. */
export interface DeviceCode {
  /** SHA-256 of the device code. */
  readonly hash: string
  readonly clientId: string
  readonly scopes: readonly string[]
  /** The audience of the access tokens. */
  readonly resource: string
  readonly expiresAt: Seconds
  readonly state: 'pending' | 'allowed' | 'denied'
  /** The user who answered; null while it is pending. */
  readonly userId: string | null
  /** The sign-in of that user. */
  readonly sessionId: string | null
  /** The least time between two requests of the program. */
  readonly interval: Seconds
  readonly polledAt: Seconds | null
  /** The grant that it was exchanged for. */
  readonly grantId: string | null
}

/** The table of device codes. */
export interface DeviceCodes {
  find(hash: string): Promise<DeviceCode | undefined>
  findByUserCode(userCodeHash: string): Promise<DeviceCode | undefined>
  /** As `find`; locks the code until the transaction ends. */
  lock(hash: string): Promise<DeviceCode | undefined>
  /** As `findByUserCode`; locks the code until the transaction ends. */
  lockByUserCode(userCodeHash: string): Promise<DeviceCode | undefined>
  /** Returns false if another one has this user code. */
  add(code: DeviceCode, userCodeHash: string): Promise<boolean>
  /** Changes a locked code. */
  set(
    hash: string,
    change: Partial<
      Pick<DeviceCode, 'state' | 'userId' | 'sessionId' | 'interval' | 'polledAt' | 'grantId'>
    >,
  ): Promise<void>
  /** Deletes those of a client that a user has allowed and that were not exchanged; with `userId`, those that this user has allowed. */
  deleteUnused(of: { readonly clientId: string; readonly userId?: string }): Promise<void>
  /** Deletes those that expired before `before`; returns how many. */
  prune(before: Seconds): Promise<number>
}

/** The table of device codes, as part of a store or a transaction. */
export interface DeviceCodeTables {
  readonly deviceCodes: DeviceCodes
}

/** The time for which a code waits for its user, in seconds (ASVS 6.5.5: ten minutes at most). */
export const deviceCodeLifetime: Seconds = 600

/** The first interval between two requests of a program, and what each one that comes too early adds (RFC 8628, section 3.5). */
export const pollInterval: Seconds = 5

const letters = 'BCDFGHJKLMNPQRSTVWXZ' // no vowels, so that no word is spelled (RFC 8628, section 6.1)
const letterCount = 8

/** Makes a user code: eight letters, of 20^8 codes. */
export function newUserCode(random: Random): Secret {
  let number = random.bytes(6).readUIntBE(0, 6) // 2^48 is so much larger than 20^8 that no code is more likely
  let text = ''
  while (text.length < letterCount) {
    text += letters[number % letters.length]
    number = Math.floor(number / letters.length)
  }
  return new Secret(text)
}

/** Writes a user code in two groups, for reading. */
export function groupUserCode(code: Secret): string {
  return code.reveal().replace(/^.{4}/, '$&-')
}

/** Reads a user code as a person types it: case, hyphens and spaces do not count. Returns `undefined` for text that is none. Pure. */
export function readUserCode(typed: string): Secret | undefined {
  const text = typed.toUpperCase().replaceAll(/[\s-]/g, '')
  const isCode = text.length === letterCount && [...text].every((one) => letters.includes(one))
  return isCode ? new Secret(text) : undefined
}

/** Hashes a user code for storing. With a key, because there are few enough to try all. */
export function userCodeHash(root: RootSecret, code: Secret): string {
  const mac = createHmac('sha256', root.key('device codes').reveal())
  return mac.update(code.reveal()).digest('base64url')
}

/** Returns whether a user can still answer. Pure. */
export function isOpen(
  code: Pick<DeviceCode, 'state' | 'expiresAt'> | undefined,
  now: Seconds,
): boolean {
  return code?.state === 'pending' && now < code.expiresAt
}

/** The result for a program that presents its code: a grant if the user has `allowed`, or the reason why there is none. */
export type DeviceCodeState =
  | 'code_unknown'
  | 'code_of_another_client'
  | 'code_used'
  | 'expired'
  | DeviceCode['state']

/** Judges a code that a client presents. Pure. */
export function judgeDeviceCode(
  code: DeviceCode | undefined,
  clientId: string,
  now: Seconds,
): DeviceCodeState {
  if (!code) return 'code_unknown'
  if (code.clientId !== clientId) return 'code_of_another_client'
  if (code.grantId !== null) return 'code_used'
  if (code.state === 'denied') return 'denied'
  return now < code.expiresAt ? code.state : 'expired'
}

/** Returns how a request of the program changes a pending code: one that comes too early makes the interval longer. Pure. */
export function planPoll(
  { polledAt, interval }: Pick<DeviceCode, 'polledAt' | 'interval'>,
  now: Seconds,
): { readonly isEarly: boolean; readonly interval: Seconds; readonly polledAt: Seconds } {
  const isEarly = polledAt !== null && now < polledAt + interval
  return { isEarly, interval: isEarly ? interval + pollInterval : interval, polledAt: now }
}
