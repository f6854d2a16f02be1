import type { PostgresPoolClient } from 'kysely'
import type { CountersignError } from '@countersign/token'
import type { PoolClient } from 'pg'
import { fail } from '../../failures.ts'
import type { TransactionOutcome } from '../repeat-transaction.ts'
import { isAborted, isLost, isReadOnly, isSilent, toFailure } from './postgres-failures.ts'
import { createStatementSender, isTransient, type SendOptions } from './send-statement.ts'

/** The parts that the connections of a pool share. */
interface Shared extends SendOptions {
  /** Tells which connections lead to a database that turned out to be read-only, or were open when one fell silent. */
  readonly generations: { isPast(client: PoolClient): boolean; end(): void }
}

/** Wraps a connection: converts its errors, says what they mean for the transaction, and removes it from the pool when it is lost. */
export function pooledClient(
  client: PoolClient,
  { generations, ...options }: Shared,
): PostgresPoolClient {
  const sender = createStatementSender(client, options)
  let isBroken = false
  let first: CountersignError | undefined

  async function query(text: string, values: readonly unknown[]) {
    // Asked before: after a failed COMMIT there is no transaction any more, and a COMMIT that is sent again would succeed without one.
    const inTransaction = text.startsWith('begin') || client.getTransactionStatus() !== 'I'
    if (isBroken && first) throw first // ROLLBACK would wait on a silent connection as long as the statement did
    let result
    try {
      result = await (inTransaction
        ? sender.sendInTransaction(text, values)
        : sender.sendAlone(text, values))
    } catch (error) {
      isBroken ||= isLost(error)
      if ((isReadOnly(error) || isSilent(error)) && !generations.isPast(client)) generations.end()
      // Kysely's migrator goes on after an error, and would report only that the transaction is aborted.
      if (first && isAborted(error)) throw first
      first = toFailure(error, inTransaction ? outcomeAfter(text, error) : undefined)
      throw first
    }
    if (text === 'commit' && result.command === 'ROLLBACK') throw first ?? undone()
    return result
  }
  return {
    query: query as unknown as PostgresPoolClient['query'], // its other overload is for cursors, which are not used here
    release: (destroy = false) =>
      client.release(destroy || isBroken || sender.isCancelling() || generations.isPast(client)),
  }
}

/** The failure of a COMMIT that the database has answered with ROLLBACK, without an error before. */
const undone = () =>
  fail('database_unusable', {
    detail: 'it has undone a transaction',
    facts: { outcome: 'not_applied' satisfies TransactionOutcome },
  })

/** Returns what is known about a transaction after an error that may not come again. */
function outcomeAfter(text: string, error: unknown): TransactionOutcome | undefined {
  if (text === 'commit' && isLost(error)) return 'unknown'
  if (isSilent(error)) return undefined // the caller has waited long enough
  return isLost(error) || isReadOnly(error) || isTransient(error) ? 'not_applied' : undefined
}
