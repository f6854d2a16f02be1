import type { Seconds } from '@countersign/token'
import type { Runtime } from '../../runtime.ts'
import { recordEvents } from './record-event.ts'

/** Whose personal data: a user's, or everybody's of which an entry tells that is older than a time. */
export type Erasure = { readonly user: string } | { readonly before: Seconds }

/**
 * Erases addresses and user agents from entries of the audit log, with the salts that proved them, so that nobody can guess what they were. The
 * chain stays whole, and the erasure is an entry of its own. Answers of how many entries.
 */
export async function erasePersonalData(
  runtime: Pick<Runtime, 'store' | 'clock' | 'random' | 'root'>,
  whose: Erasure,
  by: string,
): Promise<number> {
  return runtime.store.transaction(async (tx) => {
    const entries = await tx.auditLog.erase(whose)
    const user = 'user' in whose ? whose.user : undefined
    const type = 'personal_data_erased'
    if (entries > 0) await recordEvents(runtime, tx, { type, user, facts: { entries, by } })
    return entries
  })
}
