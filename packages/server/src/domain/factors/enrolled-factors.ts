import { hasFactor, type EnrolledFactors } from './factor-policy.ts'
import type { PasskeyChallengeTables } from './passkey-challenge.ts'
import type { PasskeyTables } from './passkey.ts'
import type { RecoveryCodeTables } from './recovery-code.ts'
import type { TotpTables } from './totp.ts'

/** The tables of second factors. */
export interface FactorTables
  extends TotpTables, RecoveryCodeTables, PasskeyTables, PasskeyChallengeTables {}

/** Reads the second factors of a user. In a transaction, lock the user first. */
export async function readFactors(tables: FactorTables, userId: string): Promise<EnrolledFactors> {
  const totp = await tables.totp.find(userId)
  const passkeys = await tables.passkeys.list(userId)
  const found = { totp: totp !== undefined && totp.encrypted !== null, passkeys: passkeys.length }
  // They go with the last factor, so the sign-in of a user without one need not ask.
  const recoveryCodes = hasFactor(found) ? await tables.recoveryCodes.count(userId) : 0
  return { ...found, recoveryCodes }
}

/** Deletes all second factors of a user. */
export async function deleteFactors(tables: FactorTables, userId: string): Promise<void> {
  await tables.totp.delete(userId)
  await tables.passkeys.deleteAll(userId)
  await tables.recoveryCodes.replace(userId, [])
}
