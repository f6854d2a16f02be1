import { connect as openSocket } from 'node:net'
import { systemTimer } from '@countersign/token/internal'
import type { PoolClient, QueryResult } from 'pg'
import { fail } from '../../failures.ts'
import { backOff, maxAttempts, type TransactionOutcome } from '../repeat-transaction.ts'
import { isConflict, isStalePlan, isUnknownName } from './postgres-failures.ts'
import type { PreparedStatements } from './prepared-statements.ts'

/** The statement that removes the time-out of statements until the transaction ends. */
export const withoutTimeout = 'set local statement_timeout = 0'

const answerGraceMs = 5_000 // milliseconds after the statement's time-out; then the network has lost the answer

/** The options of {@link createStatementSender}. */
export interface SendOptions {
  /** Milliseconds that a statement may take; 0 for no limit. */
  readonly statementTimeoutMs: number
  /** The names of statements; `undefined` where none may have one. */
  readonly statements: PreparedStatements | undefined
}

/** Sends statements over one connection. */
export interface StatementSender {
  /** Sends a statement of a transaction. */
  sendInTransaction(text: string, values: readonly unknown[]): Promise<QueryResult>
  /** Sends a statement outside of a transaction, and again after a failure that shows that it has not run. */
  sendAlone(text: string, values: readonly unknown[]): Promise<QueryResult>
  /** Returns whether a statement was cancelled: the request may still be on its way, and would cancel another one. */
  isCancelling(): boolean
}

/** Makes the sender of a connection for one user of the pool. */
export function createStatementSender(
  client: PoolClient,
  { statementTimeoutMs, statements }: SendOptions,
): StatementSender {
  let isUnlimited = false
  let isCancelling = false
  const cancel = () => {
    isCancelling = true
    requestCancel(client)
  }

  async function send(text: string, values: readonly unknown[]) {
    const name = values.length > 0 ? statements?.nameOf(text) : undefined
    const isLimited = statementTimeoutMs > 0 && !isUnlimited
    const sent = client.query({
      text,
      values: [...values],
      ...(name === undefined ? {} : { name }),
      ...(isLimited ? { query_timeout: statementTimeoutMs + answerGraceMs } : {}),
    })
    return sent.catch((error: unknown) => forgetName(error, text, statements))
  }

  /** Sends a statement, and cancels it when its time is up: outside of a transaction the server does not limit it. */
  async function sendLimited(text: string, values: readonly unknown[]) {
    if (statementTimeoutMs === 0) return send(text, values)
    const stop = systemTimer.after(statementTimeoutMs / 1000, cancel)
    return confirmed(await send(text, values).finally(stop), isCancelling)
  }

  return {
    async sendInTransaction(text, values) {
      if (text === withoutTimeout) isUnlimited = true
      return send(text, values)
    },
    async sendAlone(text, values) {
      isUnlimited = false
      for (let attempt = 1; ; attempt++)
        try {
          return await sendLimited(text, values)
        } catch (error) {
          if (attempt === maxAttempts || !isTransient(error)) throw error
          if (isConflict(error)) await backOff(attempt)
        }
    },
    isCancelling: () => isCancelling,
  }
}

/** Refuses the success of a write that was cancelled: it waited for a standby, and PostgreSQL answers that only this server has it. */
function confirmed(result: QueryResult, wasCancelled: boolean): QueryResult {
  if (!wasCancelled || result.command === 'SELECT') return result
  throw fail('database_unreachable', {
    detail:
      'no standby has confirmed the change in time; it is saved, and may be lost in a failover',
    facts: { outcome: 'unknown' satisfies TransactionOutcome },
  })
}

/** Gives up the name of a statement if it is to blame for an error, and throws the error. */
function forgetName(error: unknown, text: string, statements?: PreparedStatements): never {
  if (isStalePlan(error)) statements?.rename(text)
  if (isUnknownName(error)) statements?.stop()
  throw error
}

/** Returns whether a statement failed for a reason that may have passed when it runs again. */
export function isTransient(error: unknown): boolean {
  return isConflict(error) || isStalePlan(error) || isUnknownName(error)
}

/** Asks the server to cancel the running statement of a connection, over another connection, as the protocol wants. Best effort. */
function requestCancel(client: PoolClient): void {
  const { host, port, processID, secretKey } = client as PoolClient & {
    readonly host: string
    readonly port: number
    readonly processID: number
    readonly secretKey: number
  } // members that the types of pg lack
  const request = Buffer.alloc(16)
  for (const [at, part] of [16, 80_877_102, processID, secretKey].entries())
    request.writeInt32BE(part, at * 4)
  const socket = host.startsWith('/')
    ? openSocket(`${host}/.s.PGSQL.${port}`)
    : openSocket(port, host)
  socket.setTimeout(answerGraceMs, () => socket.destroy()).on('error', () => {})
  socket.unref().write(request) // the server closes it; PgBouncer drops the request of a client that closes first
}
