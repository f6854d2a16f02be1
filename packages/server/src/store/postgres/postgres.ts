import {
  PostgresAdapter,
  PostgresDialect,
  sql,
  type Dialect,
  type Kysely,
  type PostgresPool,
  type PostgresPoolClient,
} from 'kysely'
import { Client, Pool, TypeOverrides, type PoolClient } from 'pg'
import type { Secret } from '../../domain/kernel/secret.ts'
import { isLost, toFailure } from './postgres-failures.ts'
import { postgresStatusNotifications } from './status-notifications.ts'
import type { StatusNotifier } from '../status-notifier.ts'

const connectTimeout = 5_000 // milliseconds for a connection, made anew or freed by somebody; a sign-in waits no longer
const statementTimeout = 10_000 // milliseconds for a statement; what the server does takes one hundredth
const answerTimeout = statementTimeout + 5_000 // milliseconds; longer means that the network swallows the answer
const idleTransactionTimeout = 30_000 // milliseconds; a process that hangs in a transaction holds its locks no longer

/** A Kysely dialect on a pool of connections to PostgreSQL. */
export function postgresDialect({
  url,
  poolSize,
}: {
  readonly url: Secret
  readonly poolSize: number
}): Dialect {
  const dialect = new PostgresDialect({ pool: async () => createPool(url, poolSize) })
  return {
    createAdapter: () => new PatientAdapter(),
    createDriver: () => dialect.createDriver(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
  }
}

/** How the servers on a database tell each other that status bits were set. */
export function statusNotificationsOf(url: Secret): StatusNotifier {
  const HidingClient = clientOf(url)
  return postgresStatusNotifications(() => new HidingClient())
}

class PatientAdapter extends PostgresAdapter {
  /**
   * Waits for as long as another process migrates, and lifts the time-out for what follows in this transaction. The lock
   * is the transaction's and not the session's: it ends with the transaction, behind a connection pooler too.
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- Kysely's interface
  override async acquireMigrationLock(db: Kysely<any>): Promise<void> {
    await sql`set local statement_timeout = 0`.execute(db)
    await sql`select pg_advisory_xact_lock(hashtext('countersign migration'))`.execute(db)
  }

  override async releaseMigrationLock(): Promise<void> {}
}

/** The class of connections to a database; none shows its URL. */
function clientOf(url: Secret): new () => Client {
  const types = new TypeOverrides()
  types.setTypeParser(20, Number) // bigint: seconds and counts, all of them far below 2^53; pg would give strings
  /** Keeps the URL, and with it the password, out of the pool's options, which whoever prints the pool would show. */
  return class HidingClient extends Client {
    constructor() {
      super({
        connectionString: url.reveal(),
        application_name: 'countersign',
        connectionTimeoutMillis: connectTimeout,
        statement_timeout: statementTimeout,
        query_timeout: answerTimeout,
        idle_in_transaction_session_timeout: idleTransactionTimeout,
        keepAlive: true,
        types,
      })
      // A connection may be cut between two statements. Whoever uses it next hears of it; unheard, it would end the process.
      this.on('error', () => {})
    }
  }
}

function createPool(url: Secret, poolSize: number): PostgresPool {
  const pool = new Pool({
    Client: clientOf(url),
    max: poolSize,
    connectionTimeoutMillis: connectTimeout,
    allowExitOnIdle: true, // an idle database does not keep the process alive
  })
  pool.on('error', () => {}) // an idle connection was cut: the pool has dropped it, and makes another when it needs one
  return {
    async connect() {
      try {
        return lend(await pool.connect())
      } catch (error) {
        throw toFailure(error)
      }
    },
    end: () => pool.end(),
    options: pool.options,
  }
}

/** A connection whose errors are ours, and that is thrown away when it was lost. */
function lend(client: PoolClient): PostgresPoolClient {
  let lost = false
  const query = async (text: string, parameters: readonly unknown[]) => {
    try {
      return await client.query(text, [...parameters])
    } catch (error) {
      lost ||= isLost(error)
      throw toFailure(error)
    }
  }
  return {
    query: query as unknown as PostgresPoolClient['query'], // its other form is for cursors, and nothing here streams
    release: (destroy = false) => client.release(destroy || lost),
  }
}
