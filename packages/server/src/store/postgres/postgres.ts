import {
  CompiledQuery,
  PostgresAdapter,
  PostgresDialect,
  PostgresDriver,
  sql,
  type DatabaseConnection,
  type Dialect,
  type Kysely,
  type PostgresDialectConfig,
  type TransactionSettings,
} from 'kysely'
import type { Secret } from '../../domain/kernel/secret.ts'
import { createHosts, createPool, type PoolOptions } from './connections.ts'
import { parseConnectionUrl } from './connection-url.ts'
import { withoutTimeout } from './send-statement.ts'
import { createPostgresStatusNotifier } from './postgres-status-notifier.ts'
import type { StatusNotifier } from '../status-notifier.ts'

/** A PostgreSQL database and its connection pool. */
export interface PostgresDatabase extends PoolOptions {
  readonly url: Secret
  /** The URL on which to listen for notifications; `url` by default. A pooler in transaction mode delivers none. */
  readonly listenUrl?: Secret | undefined
  /** The URL of a replica, for reads of which an old answer is harmless. */
  readonly readUrl?: Secret | undefined
  /** The isolation of transactions; READ COMMITTED by default. A test proves that the stricter one works as well. */
  readonly isolation?: 'read committed' | 'serializable'
  /** True if servers notify each other with LISTEN and NOTIFY; the default. Without, they poll once a second. */
  readonly notify?: boolean
}

/** Makes a Kysely dialect on a pool of connections to PostgreSQL. */
export function postgresDialect({ url, ...options }: PostgresDatabase): Dialect {
  const parsed = parseConnectionUrl(url)
  const config = { pool: async () => createPool(parsed, options) }
  const dialect = new PostgresDialect(config)
  return {
    createAdapter: () => new MigrationLockAdapter(),
    createDriver: () => new LocalTimeoutsDriver(config, parsed.setTimeouts),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
  }
}

/** Makes the notifier by which the servers on a database notify each other that status bits were set. */
export function postgresStatusNotifier({ url, listenUrl = url }: PostgresDatabase): StatusNotifier {
  const hosts = createHosts(parseConnectionUrl(listenUrl))
  return createPostgresStatusNotifier(() => new hosts.Client())
}

/**
 * Sets the time-outs in the message that begins a transaction. They belong to the transaction, so they need no round trip and no session: behind a
 * pooler the next transaction of this connection runs in another session.
 */
class LocalTimeoutsDriver extends PostgresDriver {
  readonly #setTimeouts: readonly string[]

  constructor(config: PostgresDialectConfig, setTimeouts: readonly string[]) {
    super(config)
    this.#setTimeouts = setTimeouts
  }

  override async beginTransaction(
    connection: DatabaseConnection,
    { isolationLevel = 'read committed' }: TransactionSettings,
  ): Promise<void> {
    const begin = [`begin isolation level ${isolationLevel}`, ...this.#setTimeouts].join('; ')
    await connection.executeQuery(CompiledQuery.raw(begin))
  }

  /** A connection that is lost cannot roll back, and need not; the error before says why, not this one. */
  override async rollbackTransaction(
    connection: Parameters<PostgresDriver['rollbackTransaction']>[0],
  ): Promise<void> {
    await super.rollbackTransaction(connection).catch(() => {})
  }
}

class MigrationLockAdapter extends PostgresAdapter {
  /**
   * Waits as long as another process migrates, and removes the statement timeout for the rest of this transaction. The lock belongs to the
   * transaction, not the session: so it is released with the transaction, behind a connection pooler too.
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- Kysely's interface
  override async acquireMigrationLock(db: Kysely<any>): Promise<void> {
    await sql.raw(withoutTimeout).execute(db)
    await sql`select pg_advisory_xact_lock(hashtext('countersign migration'))`.execute(db)
  }

  override async releaseMigrationLock(): Promise<void> {}
}
