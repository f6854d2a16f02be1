import type { EnrolledFactors } from './factor-policy.ts'
import type { PasskeyChallengeTables } from './passkey-challenge.ts'
import type { PasskeyTables } from './passkey.ts'
import type { RecoveryCodeTables } from './recovery-code.ts'
import type { TotpTables } from './totp.ts'

/** The factors that users have enrolled, over all tables of second factors. */
export interface EnrolledFactorTables {
  readonly enrolledFactors: {
    /** Counts the second factors of a user in one statement. In a transaction, lock the user first. */
    find(userId: string): Promise<EnrolledFactors>
  }
}

/** The tables of second factors. */
export interface FactorTables
  extends
    TotpTables,
    RecoveryCodeTables,
    PasskeyTables,
    PasskeyChallengeTables,
    EnrolledFactorTables {}

/** Deletes all second factors of a user. */
export async function deleteFactors(tables: FactorTables, userId: string): Promise<void> {
  await tables.totp.delete(userId)
  await tables.passkeys.deleteAll(userId)
  await tables.recoveryCodes.replace(userId, [])
}
