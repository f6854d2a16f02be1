import { createHmac } from 'node:crypto'
import type { Random } from '../kernel/ports.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import { Secret } from '../kernel/secret.ts'

/** The number of recovery codes that a user gets. */
export const recoveryCodeCount = 10

// Without i, l, o and u, so that no two look alike; 16 characters of 5 bits are 80 bits, too many to guess (NIST SP 800-63B-4, section 3.1.2.2).
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const groups = 4

/** The table of recovery codes. Lock their user first. */
export interface RecoveryCodeTable {
  /** Returns how many a user has left. */
  count(userId: string): Promise<number>
  /** Replaces all codes of a user. */
  replace(userId: string, hashes: readonly string[]): Promise<void>
  /** Deletes a code; returns false if there is none. */
  use(userId: string, hash: string): Promise<boolean>
}

/** The table of recovery codes, as part of a store or a transaction. */
export interface RecoveryCodeTables {
  readonly recoveryCodes: RecoveryCodeTable
}

/** Makes the recovery codes of a user: they are shown once, and stored as hashes. */
export function newRecoveryCodes(random: Random): readonly Secret[] {
  return Array.from({ length: recoveryCodeCount }, () => {
    const letters = Array.from(random.bytes(4 * groups), (byte) => alphabet[byte % 32]) // 256 is a multiple of 32: no letter is more likely
    return new Secret(letters.join('').replaceAll(/.{4}(?=.)/g, '$&-'))
  })
}

/** Hashes a recovery code for storing, however it was typed: capitals, missing hyphens and look-alike letters count as the right ones. */
export function recoveryCodeHash(root: RootSecret, userId: string, code: Secret): string {
  const letters = code.reveal().toLowerCase().replaceAll(/[\s-]/g, '')
  const folded = letters.replaceAll('o', '0').replaceAll(/[il]/g, '1')
  const mac = createHmac('sha256', root.key('recovery codes').reveal())
  return mac.update(JSON.stringify([userId, folded])).digest('base64url')
}
