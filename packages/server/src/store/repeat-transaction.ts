import { randomInt } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { serialize } from '@countersign/token/internal'
import { isCountersignError, type CountersignError } from '@countersign/token'

/** The maximum number of attempts at a transaction or a statement that meets others. */
export const maxAttempts = 40 // under SERIALIZABLE, three servers that change one user without a pause meet a dozen times in a row
const attemptsAmongOthers = 5 // deadlocks do not come so often; only under SERIALIZABLE do transactions run alone
const maxLost = 3 // connections: after a failover the first attempt drops the old connections; each further one costs a new connection
const maxWaitMs = 100 // longer waits would only add to what the caller waits
/** Stale plans and unknown names of prepared statements: each attempt meets the next one, until all statements of the transaction are prepared again. */
const statementStates: ReadonlySet<string> = new Set(['0A000', '26000', '42P05'])

/**
 * The outcome of a transaction that failed, as far as it is known: the fact `outcome` of its failure. `applied` if only what follows its commit has
 * failed.
 */
export type TransactionOutcome = 'not_applied' | 'unknown' | 'applied'

/**
 * Makes the function that runs the transactions of a store. It repeats one that failed for a reason that may have passed and is known not to
 * have taken effect. A transaction whose COMMIT got no answer is not repeated: it may have taken effect.
 *
 * Those that met others are repeated one after the other, or they would meet again and again: then the database undoes all but one. One that still
 * meets others runs alone in this process, or new transactions would stop it for as long as they come.
 */
export function createRepeater(): <T>(run: () => Promise<T>) => Promise<T> {
  const { among, inTurn, alone } = createTurns()
  return async <T>(run: () => Promise<T>) => {
    let next = among
    let lost = 0
    for (let attempt = 1; ; attempt++) {
      try {
        return await (next(run) as Promise<T>) // each returns what `run` does
      } catch (error) {
        if (!isUnapplied(error)) throw error
        const sqlState = String(error.facts['sqlState'])
        const isConflict = sqlState.startsWith('40')
        if (!isConflict && !statementStates.has(sqlState)) lost++
        if (lost === maxLost || attempt === maxAttempts) throw error
        if (isConflict) next = attempt < attemptsAmongOthers ? inTurn : alone
      }
      await backOff(attempt)
    }
  }
}

/** Makes the ways to run a transaction: beside others, beside others but after those that are repeated, and without any other. */
function createTurns() {
  const running = new Set<Promise<unknown>>()
  let gate: Promise<void> | undefined // closed while one runs alone
  async function among(run: () => Promise<unknown>): Promise<unknown> {
    if (gate) return gate.then(() => among(run))
    const one = run().finally(() => running.delete(one))
    running.add(one)
    return one
  }
  const inTurn = serialize((run: () => Promise<unknown>) => run())
  const alone = async (run: () => Promise<unknown>) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    gate = promise
    try {
      await Promise.allSettled(running)
      return await run()
    } finally {
      gate = undefined
      resolve()
    }
  }
  return {
    among,
    inTurn: (run: () => Promise<unknown>) => inTurn(() => among(run)),
    alone: (run: () => Promise<unknown>) => inTurn(() => alone(run)),
  }
}

/** Waits a random time, which grows with the attempts: those that met once would meet again after equal times. */
export async function backOff(attempt: number): Promise<void> {
  await setTimeout(randomInt(1 + Math.min(2 ** attempt, maxWaitMs)))
}

function isUnapplied(error: unknown): error is CountersignError {
  return isCountersignError(error) && error.facts['outcome'] === 'not_applied'
}
