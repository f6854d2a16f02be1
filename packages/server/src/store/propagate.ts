import { isCountersignError } from '@countersign/token'
import type { StoreChange } from '../domain/store.ts'
import { fail } from '../failures.ts'
import type { TransactionOutcome } from './repeat-transaction.ts'
import type { Announcer, ChangeSubscribers } from './status-notifier.ts'
import type { StatusNumbering } from './status-numbering.ts'

/**
 * Makes committed changes known: commit, then notify, then return, so that the tokens of a session are refused once a caller learns that it has
 * ended. Fails with `database_unreachable` if the database is lost meanwhile: then no other server knows of the changes until it is back, and
 * the caller must not take them for done. A repeated request finds them done, and waits for the same (`propagateEarlier` of sessions). Fails with
 * `database_moving` if a move has begun meanwhile.
 */
export async function propagate(
  changes: ReadonlySet<StoreChange>,
  {
    numbering,
    announcer,
    subscribers,
  }: {
    readonly numbering: StatusNumbering
    readonly announcer: Announcer
    readonly subscribers: ChangeSubscribers
  },
): Promise<void> {
  try {
    if (changes.has('statuses')) await numbering.numberCommitted()
    await announcer.announce(changes) // before this process reads, so that others read at the same time
    for (const change of changes) await subscribers.notify(change)
  } catch (cause) {
    if (!isCountersignError(cause) || cause.code === 'database_moving') throw cause
    const outcome: TransactionOutcome = 'applied'
    const detail = 'the change is saved, but this server could not read it back'
    throw fail('database_unreachable', { detail, facts: { outcome }, cause })
  }
}
