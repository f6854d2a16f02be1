import type { PostgresPoolClient } from 'kysely'
import type { CountersignError } from '@countersign/token'
import type { PoolClient } from 'pg'
import { fail } from '../../failures.ts'
import type { TransactionOutcome } from '../repeat-transaction.ts'
import { isAborted, isLost, isReadOnly, isSilent, toFailure } from './postgres-failures.ts'
import { createStatementSender, isTransient, type SendOptions } from './send-statement.ts'

/** A connection taken from the pool. */
export interface TakenConnection extends SendOptions {
  readonly client: PoolClient
}

/** The parts that the connections of a pool share. */
interface Shared {
  /** Tells which connections lead to a database that turned out to be read-only, or were open when one fell silent. */
  readonly generations: { isPast(client: PoolClient): boolean; end(): void }
  /** Takes another connection from the pool. */
  take(): Promise<TakenConnection>
}

/** Wraps a connection: converts its errors, says what they mean for the transaction, and removes it from the pool when it is lost. */
export function pooledClient(taken: TakenConnection, shared: Shared): PostgresPoolClient {
  const connection = holdConnection(taken, shared)
  let isBroken = false
  let first: CountersignError | undefined

  async function query(text: string, values: readonly unknown[]) {
    // Asked before: after a failed COMMIT there is no transaction any more, and a COMMIT that is sent again would succeed without one.
    const inTransaction = text.startsWith('begin') || connection.isInTransaction()
    if (isBroken && first) throw first // ROLLBACK would wait on a silent connection as long as the statement did
    let result
    try {
      result = await (inTransaction
        ? connection.sender().sendInTransaction(text, values)
        : sendAlone(text, values))
    } catch (error) {
      isBroken ||= isLost(error)
      if (isReadOnly(error) || isSilent(error)) connection.endGeneration()
      // Kysely's migrator goes on after an error, and would report only that the transaction is aborted.
      if (first && isAborted(error)) throw first
      first = toFailure(error, inTransaction ? outcomeAfter(text, error) : undefined)
      throw first
    }
    if (text === 'commit' && result.command === 'ROLLBACK') throw first ?? undone()
    return result
  }

  /** Sends a statement outside of a transaction, and over another connection if the database is read-only: that one may lead to the new primary. */
  async function sendAlone(text: string, values: readonly unknown[]) {
    try {
      return await connection.sender().sendAlone(text, values)
    } catch (error) {
      if (!isReadOnly(error)) throw error
      connection.endGeneration()
      await connection.replace()
      return connection.sender().sendAlone(text, values)
    }
  }

  return {
    query: query as unknown as PostgresPoolClient['query'], // its other overload is for cursors, which are not used here
    release: (destroy = false) => connection.release(destroy || isBroken),
  }
}

/** Holds a connection of the pool, which can be replaced by another one. */
function holdConnection(taken: TakenConnection, { generations, take }: Shared) {
  let { client } = taken
  let sender = createStatementSender(client, taken)
  let isReleased = false
  function release(destroy: boolean) {
    if (!isReleased) client.release(destroy || sender.isCancelling() || generations.isPast(client))
    isReleased = true
  }
  return {
    sender: () => sender,
    isInTransaction: () => client.getTransactionStatus() !== 'I',
    /** Has the pool drop every connection that is as old as this one, or older. */
    endGeneration: () => {
      if (!generations.isPast(client)) generations.end()
    },
    release,
    /** Releases the connection first: all others of the pool may be in use. */
    async replace() {
      release(true)
      const next = await take()
      client = next.client
      sender = createStatementSender(client, next)
      isReleased = false
    },
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
