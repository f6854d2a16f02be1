import { randomInt } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { isCountersignError, type CountersignError } from '@countersign/token'

/** How often a transaction or a statement is tried. */
export const maxAttempts = 10 // under SERIALIZABLE a race of many takes several; together the waits take half a second
const maxLost = 3 // after a failover the first attempt drops the old connections; each further one costs a new connection
const maxWaitMs = 100 // longer waits would only add to what the caller waits

/** What is known about a transaction that failed: the fact `outcome` of its failure. */
export type TransactionOutcome = 'not_applied' | 'unknown'

/**
 * Runs a transaction, and repeats it if it failed for a reason that may have passed and is known not to have taken effect. A transaction
 * whose COMMIT got no answer is not repeated: it may have taken effect.
 */
export async function repeatUnapplied<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (!isUnapplied(error)) throw error
      const isConflict = String(error.facts['sqlState']).startsWith('40')
      if (attempt === (isConflict ? maxAttempts : maxLost)) throw error
    }
    await backOff(attempt)
  }
}

/** Waits a random time, which grows with the attempts: those that met once would meet again after equal times. */
export async function backOff(attempt: number): Promise<void> {
  await setTimeout(randomInt(1 + Math.min(2 ** attempt, maxWaitMs)))
}

function isUnapplied(error: unknown): error is CountersignError {
  return isCountersignError(error) && error.facts['outcome'] === 'not_applied'
}
