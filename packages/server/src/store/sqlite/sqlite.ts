import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  type SelectModifierNode,
} from 'kysely'
import { fail } from '../../failures.ts'
import { CommittedReads } from './committed-reads.ts'
import { GroupCommit } from './group-commit.ts'
import {
  SqliteThread,
  type SqliteConnection,
  type SqliteResult,
  type SqliteStatement,
} from './sqlite-thread.ts'

/** Opens the file of a database. */
export type OpenThread = (file: string) => SqliteConnection

const inMemory = ':memory:' // a database of one connection

/** Makes a Kysely dialect on `node:sqlite`. A worker thread owns the file, so that no commit blocks the event loop. */
export function sqliteDialect(
  file: string,
  openThread: OpenThread = (path) => new SqliteThread(path),
): Dialect {
  return {
    createAdapter: () => new GroupCommitAdapter(),
    createDriver: () => new SqliteDriver(openThread(file), file !== inMemory),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new LockingCompiler(),
  }
}

class GroupCommitAdapter extends SqliteAdapter {
  /** SQLite can roll back a migration. */
  override get supportsTransactionalDdl(): boolean {
    return true
  }

  /** Otherwise Kysely would hand out the connection to one user at a time and wait for each commit; {@link GroupCommit} queues them instead. */
  override get supportsMultipleConnections(): boolean {
    return true
  }
}

class LockingCompiler extends SqliteQueryCompiler {
  /** Leaves out `for update`: every transaction locks the whole database with `begin immediate`. */
  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (node.modifier !== 'ForUpdate') super.visitSelectModifier(node)
  }
}

/** One thread with one connection that writes, shared by all users of the driver; for a file also one that only reads. */
class SqliteDriver implements Driver {
  readonly #thread: SqliteConnection
  readonly #commits: GroupCommit
  readonly #reads: CommittedReads | undefined

  constructor(thread: SqliteConnection, hasReader: boolean) {
    this.#thread = thread
    this.#commits = new GroupCommit(this.#thread)
    this.#reads = hasReader ? new CommittedReads(this.#thread) : undefined
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SharedConnection> {
    return new SharedConnection(this.#thread, this.#commits, this.#reads)
  }

  async releaseConnection(): Promise<void> {}

  async beginTransaction(connection: SharedConnection): Promise<void> {
    await connection.begin()
  }

  async commitTransaction(connection: SharedConnection): Promise<void> {
    await connection.commit()
  }

  async rollbackTransaction(connection: SharedConnection): Promise<void> {
    await connection.rollback()
  }

  async destroy(): Promise<void> {
    await this.#thread.close()
  }
}

/** One user's view of the shared connection, in a transaction or not. */
class SharedConnection implements DatabaseConnection {
  readonly #thread: SqliteConnection
  readonly #commits: GroupCommit
  readonly #reads: CommittedReads | undefined
  #transaction: 'none' | 'open' | { readonly failed: unknown } = 'none'

  constructor(thread: SqliteConnection, commits: GroupCommit, reads: CommittedReads | undefined) {
    this.#thread = thread
    this.#commits = commits
    this.#reads = reads
  }

  async executeQuery<R>({ sql, parameters, query }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes } =
      this.#transaction === 'none'
        ? await this.#alone({ sql, parameters }, query.kind !== 'SelectQueryNode')
        : await this.#inTransaction(() => this.#thread.run(sql, parameters))
    return { rows: rows as R[], numAffectedRows: changes } // typed by Kysely, from the query
  }

  /** Runs a statement outside of transactions. */
  #alone(statement: SqliteStatement, writes: boolean): Promise<SqliteResult> {
    return writes || !this.#reads
      ? this.#commits.single(statement, writes)
      : this.#reads.run(statement)
  }

  async begin(): Promise<void> {
    await this.#commits.begin()
    this.#transaction = 'open'
  }

  /** Like PostgreSQL, rolls back a transaction in which a statement has failed, even if the error was caught, and fails with that error. */
  async commit(): Promise<void> {
    if (typeof this.#transaction === 'object') {
      const { failed } = this.#transaction
      await this.rollback()
      throw failed
    }
    this.#transaction = 'none'
    await this.#commits.commit()
  }

  /** Does nothing after a failed commit, which has rolled back already. */
  async rollback(): Promise<void> {
    if (this.#transaction === 'none') return
    this.#transaction = 'none'
    await this.#commits.rollback()
  }

  async #inTransaction<T>(run: () => Promise<T>): Promise<T> {
    if (typeof this.#transaction === 'object') {
      throw fail('database_unusable', { detail: 'a statement of this transaction has failed' })
    }
    try {
      return await run()
    } catch (error) {
      this.#transaction = { failed: error }
      throw error
    }
  }

  // oxlint-disable-next-line require-yield -- Kysely's interface; nothing here streams
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('the SQLite driver does not stream')
  }
}
