import type { Kysely } from 'kysely'
import { singleFlight } from '@countersign/token/internal'
import type { Schema } from './tables/schema.ts'
import { hasUnnumbered, numberChanges } from './tables/status-lists.ts'

/** Gives numbers to status changes that were committed without one. */
export interface StatusNumbering {
  /** Resolves when every change that was committed before the call has a number. */
  number(): Promise<void>
  /** The same, for callers that expect none: reads before it takes the lock. */
  numberLeft(): Promise<void>
}

/**
 * Makes the numbering of a process. Sign-outs at once share one transaction: it has the lock of all numbers for a few statements and its commit,
 * and none of them waits for the commit of another.
 */
export function createStatusNumbering(db: Kysely<Schema>): StatusNumbering {
  const number = singleFlight(
    async () => {
      const transaction = db.transaction().setIsolationLevel('read committed')
      while (await transaction.execute(numberChanges)) {
        // there are more than one transaction takes
      }
    },
    { startAfterCall: true },
  )
  return {
    number,
    async numberLeft() {
      if (await hasUnnumbered(db)) await number()
    },
  }
}

/** The numbering of a store whose transactions number their own changes. */
export const noNumbering: StatusNumbering = {
  number: async () => {},
  numberLeft: async () => {},
}
