import type { EnrolledFactors } from './factor-policy.ts'
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
  return {
    totp: totp !== undefined && totp.encrypted !== null,
    passkeys: (await tables.passkeys.list(userId)).length,
    recoveryCodes: await tables.recoveryCodes.count(userId),
  }
}

/** Deletes all second factors of a user. */
export async function deleteFactors(tables: FactorTables, userId: string): Promise<void> {
  await tables.totp.delete(userId)
  await tables.passkeys.deleteAll(userId)
  await tables.recoveryCodes.replace(userId, [])
}
