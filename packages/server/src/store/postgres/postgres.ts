import {
  PostgresAdapter,
  PostgresDialect,
  sql,
  type Dialect,
  type Kysely,
  type PostgresPool,
  type PostgresPoolClient,
} from 'kysely'
import type { CountersignError } from '@countersign/token'
import { Client, Pool, TypeOverrides, type PoolClient } from 'pg'
import type { Secret } from '../../domain/kernel/secret.ts'
import { isAborted, isLost, isReadOnly, toFailure } from './postgres-failures.ts'
import { createPostgresStatusNotifier } from './postgres-status-notifier.ts'
import type { StatusNotifier } from '../status-notifier.ts'

const defaultConnectTimeout = 5_000 // milliseconds for a connection, new or from the pool; a sign-in waits no longer
const statementTimeout = 10_000 // milliseconds; the server's own statements take a hundredth
const answerTimeout = statementTimeout + 5_000 // milliseconds; after that the network has lost the answer
const idleTransactionTimeout = 30_000 // milliseconds; a hanging process holds its locks no longer

/** A PostgreSQL database and its connection pool. */
export interface PostgresDatabase {
  readonly url: Secret
  /** The maximum number of connections. */
  readonly poolSize: number
  /** Milliseconds to wait for a connection, new or from the pool; 5,000 by default. */
  readonly connectTimeout?: number
  /** Whether servers notify each other with LISTEN and NOTIFY; true by default. Without, they poll once a second. */
  readonly notify?: boolean
}

/** Makes a Kysely dialect on a pool of connections to PostgreSQL. */
export function postgresDialect(database: PostgresDatabase): Dialect {
  const dialect = new PostgresDialect({ pool: async () => createPool(database) })
  return {
    createAdapter: () => new MigrationLockAdapter(),
    createDriver: () => dialect.createDriver(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
  }
}

/** Makes the notifier by which the servers on a database notify each other that status bits were set. */
export function postgresStatusNotifier(url: Secret): StatusNotifier {
  const HidingClient = clientOf(url)
  return createPostgresStatusNotifier(() => new HidingClient())
}

class MigrationLockAdapter extends PostgresAdapter {
  /**
   * Waits as long as another process migrates, and removes the statement timeout for the rest of this transaction. The lock belongs to the
   * transaction, not the session: so it is released with the transaction, behind a connection pooler too.
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- Kysely's interface
  override async acquireMigrationLock(db: Kysely<any>): Promise<void> {
    await sql`set local statement_timeout = 0`.execute(db)
    await sql`select pg_advisory_xact_lock(hashtext('countersign migration'))`.execute(db)
  }

  override async releaseMigrationLock(): Promise<void> {}
}

/** Returns a class of connections to a database; none reveals its URL. */
function clientOf(url: Secret, connectTimeout = defaultConnectTimeout): new () => Client {
  const types = new TypeOverrides()
  types.setTypeParser(20, Number) // bigint: seconds and counts, all far below 2^53; by default pg returns strings
  /** Keeps the URL, and with it the password, out of the pool's options, which appear when a pool is printed. */
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
      // A connection may break between two statements. The next use fails; without a listener, the event would end the process.
      this.on('error', () => {})
    }
  }
}

function createPool({
  url,
  poolSize,
  connectTimeout = defaultConnectTimeout,
}: PostgresDatabase): PostgresPool {
  const pool = new Pool({
    Client: clientOf(url, connectTimeout),
    max: poolSize,
    connectionTimeoutMillis: connectTimeout,
    allowExitOnIdle: true, // an idle pool does not keep the process alive
  })
  pool.on('error', () => {}) // an idle connection broke: the pool has dropped it, and opens another when needed
  const generations = createGenerations()
  const connect = async (): Promise<PoolClient> => {
    const client = await pool.connect()
    if (!generations.isPast(client)) return client
    client.release(true)
    return connect()
  }
  return {
    async connect() {
      try {
        return pooledClient(await connect(), generations)
      } catch (error) {
        throw toFailure(error)
      }
    },
    end: () => pool.end(),
    options: pool.options,
  }
}

type Generations = ReturnType<typeof createGenerations>

/**
 * Tells connections apart that were opened before the database turned out to be read-only. After a failover they lead to the demoted primary,
 * where reads would go on to work and be old; a new connection finds the new one.
 */
function createGenerations() {
  const opened = new WeakMap<PoolClient, number>()
  let current = 0
  return {
    isPast(client: PoolClient): boolean {
      if (!opened.has(client)) opened.set(client, current)
      return opened.get(client) !== current
    },
    end: () => void current++,
  }
}

/** Wraps a connection: converts its errors, and removes it from the pool when it is lost. */
function pooledClient(client: PoolClient, generations: Generations): PostgresPoolClient {
  let lost = false
  let first: CountersignError | undefined
  const query = async (text: string, parameters: readonly unknown[]) => {
    try {
      return await client.query(text, [...parameters])
    } catch (error) {
      lost ||= isLost(error)
      if (isReadOnly(error) && !generations.isPast(client)) generations.end()
      // Kysely's migrator goes on after an error, and would report only that the transaction is aborted.
      if (first && isAborted(error)) throw first
      first = toFailure(error)
      throw first
    }
  }
  return {
    query: query as unknown as PostgresPoolClient['query'], // its other overload is for cursors, which are not used here
    release: (destroy = false) => client.release(destroy || lost || generations.isPast(client)),
  }
}
