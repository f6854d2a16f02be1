import { randomInt } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { serialize } from '@countersign/token/internal'
import { isCountersignError, type CountersignError } from '@countersign/token'

/** How often a transaction or a statement is tried that meets others. */
export const maxAttempts = 40 // under SERIALIZABLE, three servers that change one user without a pause meet a dozen times in a row
const maxLost = 3 // after a failover the first attempt drops the old connections; each further one costs a new connection
const maxWaitMs = 100 // longer waits would only add to what the caller waits

/** What is known about a transaction that failed: the fact `outcome` of its failure. `applied` if only what follows its commit has failed. */
export type TransactionOutcome = 'not_applied' | 'unknown' | 'applied'

/**
 * Makes the function that runs the transactions of a store. It repeats one that failed for a reason that may have passed and is known not to
 * have taken effect. A transaction whose COMMIT got no answer is not repeated: it may have taken effect.
 *
 * Those that met others are repeated one after the other, or they would meet again and again: then the database undoes all but one.
 */
export function createRepeater(): <T>(run: () => Promise<T>) => Promise<T> {
  const inTurn = serialize((run: () => Promise<unknown>) => run())
  return async <T>(run: () => Promise<T>) => {
    let next = run
    for (let attempt = 1; ; attempt++) {
      try {
        return await next()
      } catch (error) {
        if (!isUnapplied(error)) throw error
        const isConflict = String(error.facts['sqlState']).startsWith('40')
        if (attempt === (isConflict ? maxAttempts : maxLost)) throw error
        if (isConflict) next = () => inTurn(run) as Promise<T> // `inTurn` returns what `run` does
      }
      await backOff(attempt)
    }
  }
}

/** Waits a random time, which grows with the attempts: those that met once would meet again after equal times. */
export async function backOff(attempt: number): Promise<void> {
  await setTimeout(randomInt(1 + Math.min(2 ** attempt, maxWaitMs)))
}

function isUnapplied(error: unknown): error is CountersignError {
  return isCountersignError(error) && error.facts['outcome'] === 'not_applied'
}
