import type { Kysely } from 'kysely'
import { singleFlight } from '@countersign/token/internal'
import { writeNothing } from './dialect.ts'
import { createRepeater } from './repeat-transaction.ts'
import type { Schema } from './tables/schema.ts'
import { findUnnumbered, numberChanges } from './tables/status-lists.ts'

/** Gives numbers to status changes that were committed without one. */
export interface StatusNumbering {
  /**
   * Resolves when every change that was committed before the call has a number. Rejects if the database does: the caller's transaction is committed
   * all the same, and every server polls once a second for changes without a number.
   */
  numberCommitted(): Promise<void>
  /** The same, for callers that expect none: reads before it takes the lock. Returns false on a standby, where it gives no number. */
  numberPending(): Promise<boolean>
}

/**
 * Makes the numbering of a process. Sign-outs at once share one transaction: it has the lock of all numbers for a few statements and its commit,
 * and none of them waits for the commit of another. Without strands, transactions have given the numbers.
 */
export function createStatusNumbering(db: Kysely<Schema>, strands: number): StatusNumbering {
  const repeatUnapplied = createRepeater()
  const number = singleFlight(
    async () => {
      const transaction = db.transaction().setIsolationLevel('read committed')
      while (await repeatUnapplied(() => transaction.execute(numberChanges))) {
        // there are more than one transaction takes
      }
    },
    { startAfterCall: true },
  )
  return {
    numberCommitted: async () => (strands === 0 ? undefined : number()),
    async numberPending() {
      const { some, isStandby } = await findUnnumbered(db)
      if (isStandby) await writeNothing(db).catch(() => {}) // drops its connections: the next ones may find the primary
      else if (some) await number()
      return !isStandby
    },
  }
}
