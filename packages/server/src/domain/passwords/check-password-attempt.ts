import { isCountersignError } from '@countersign/token'
import type { SecurityEvent } from '../audit-log/event.ts'
import { recordEvents, type Recording } from '../audit-log/record-event.ts'
import { admitAttempt, type AttemptNeeds, type Target } from '../limits/attempt-throttle.ts'
import type { Transaction } from '../store.ts'

/**
 * ChangeSubscribers at a password as a guess that counts: the one door for whatever does. Fails with `login_delayed` before anything is looked at,
 * and with what `look` fails with; a `credentials_wrong` is counted, and `refusalOf` tells the audit log of it where
 * it is to be told, in one transaction.
 */
export async function checkPasswordAttempt<T>(
  runtime: AttemptNeeds & Recording,
  target: Target,
  look: () => Promise<T>,
  refusalOf: (tx: Transaction) => Promise<SecurityEvent | undefined>,
): Promise<T> {
  const admission = await admitAttempt(runtime, target)
  const failed = async (error: unknown) => {
    const wrong = isCountersignError(error) && error.code === 'credentials_wrong'
    if (wrong)
      await runtime.store.transaction(async (tx) => {
        await admission.wrong(tx)
        const refusal = await refusalOf(tx)
        if (refusal) await recordEvents(runtime, tx, refusal)
      })
    else await admission.untested()
    throw error
  }
  try {
    const proven = await look().catch(failed)
    await admission.right()
    return proven
  } finally {
    admission.end()
  }
}
