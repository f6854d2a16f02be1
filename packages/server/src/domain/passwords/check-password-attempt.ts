import { isCountersignError } from '@countersign/token'
import { fail } from '../../failures.ts'
import type { SecurityEvent } from '../audit-log/event.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import type { Transactions } from '../kernel/transactions.ts'
import type { Target } from '../limits/attempt-keys.ts'
import { admitAttempt, type Admission, type AttemptDeps } from '../limits/attempt-throttle.ts'
import type { LimitTables } from '../limits/limits.ts'
import type { UseCodeTx } from '../mail/use-code.ts'
import type { SessionTx } from '../sessions/sessions.ts'
import type { IdentityTables } from '../users/identity.ts'
import { pendingSignInOf } from '../sessions/start-session.ts'

/** The tables of a transaction in which an attempt at a password is counted, or something that a password protects is changed. */
export interface PasswordTx extends SessionTx, LimitTables, UseCodeTx, IdentityTables {}

/** The dependencies of {@link checkPasswordAttempt}. */
export interface CheckAttemptDeps extends AttemptDeps, RecordDeps {
  readonly store: Transactions<PasswordTx> & LimitTables
}

/**
 * Runs a check of a password as a throttled attempt: every check that an attacker could repeat goes through here. Fails with `login_delayed`
 * before `check` runs, with `busy` if too many checks of its network wait, and otherwise as `check` does. If it fails with `credentials_wrong`, the failure is counted and the event that
 * `refusalOf` returns is recorded, in one transaction.
 */
export async function checkPasswordAttempt<T>(
  deps: CheckAttemptDeps,
  target: Target,
  check: () => Promise<T>,
  refusalOf: (tx: PasswordTx) => Promise<SecurityEvent | undefined>,
): Promise<T> {
  const admission = await admitAttempt(deps, target)
  const onFailure = async (error: unknown) => {
    const isWrong = isCountersignError(error) && error.code === 'credentials_wrong'
    if (isWrong)
      await deps.store.transaction(async (tx) => {
        await admission.wrong(tx)
        const refusal = await refusalOf(tx)
        if (refusal) await recordEvents(deps, tx, refusal)
      })
    else if (pendingSignInOf(error)) await admission.unfinished()
    else await admission.untested()
    throw error
  }
  try {
    const result = await checkWithinShare(deps, target, admission, check).catch(onFailure)
    await admission.right()
    return result
  } finally {
    admission.end()
  }
}

async function checkWithinShare<T>(
  { attemptQueue }: CheckAttemptDeps,
  { address }: Target,
  { isTrusted }: Admission,
  check: () => Promise<T>,
): Promise<T> {
  const giveBack = attemptQueue.shares.take(address, isTrusted)
  if (!giveBack) throw fail('busy')
  try {
    return await check()
  } finally {
    giveBack()
  }
}
