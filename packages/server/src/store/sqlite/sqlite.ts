import {
  AbortedTransactionError,
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
import { SharedCommit } from './shared-commit.ts'
import { SqliteThread } from './sqlite-thread.ts'

/** A Kysely dialect on `node:sqlite`, whose file belongs to a thread of its own: no commit stops the event loop. */
export function sqliteDialect(file: string): Dialect {
  return {
    createAdapter: () => new SharingAdapter(),
    createDriver: () => new SqliteDriver(file),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new LockingCompiler(),
  }
}

class SharingAdapter extends SqliteAdapter {
  /** SQLite can undo a migration half done. */
  override get supportsTransactionalDdl(): boolean {
    return true
  }

  /** Kysely would otherwise lend one after the other and wait for each commit; {@link SharedCommit} gives the turns. */
  override get supportsMultipleConnections(): boolean {
    return true
  }
}

class LockingCompiler extends SqliteQueryCompiler {
  /** Every transaction has locked the whole database by its `begin immediate`: there is no row left to lock. */
  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (node.modifier !== 'ForUpdate') super.visitSelectModifier(node)
  }
}

/** One thread, one connection; whoever acquires it gets a borrower's view. */
class SqliteDriver implements Driver {
  readonly #thread: SqliteThread
  readonly #turns: SharedCommit

  constructor(file: string) {
    this.#thread = new SqliteThread(file)
    this.#turns = new SharedCommit(this.#thread)
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<Borrowed> {
    return new Borrowed(this.#thread, this.#turns)
  }

  async releaseConnection(): Promise<void> {}

  async beginTransaction(connection: Borrowed): Promise<void> {
    await connection.begin()
  }

  async commitTransaction(connection: Borrowed): Promise<void> {
    await connection.commit()
  }

  async rollbackTransaction(connection: Borrowed): Promise<void> {
    await connection.rollback()
  }

  async destroy(): Promise<void> {
    await this.#thread.close()
  }
}

/** The connection as one borrower sees it, in a transaction or not. */
class Borrowed implements DatabaseConnection {
  readonly #thread: SqliteThread
  readonly #turns: SharedCommit
  #transaction: 'none' | 'open' | 'spoiled' = 'none'

  constructor(thread: SqliteThread, turns: SharedCommit) {
    this.#thread = thread
    this.#turns = turns
  }

  async executeQuery<R>({ sql, parameters, query }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes } =
      this.#transaction === 'none'
        ? await this.#turns.single({ sql, parameters }, query.kind !== 'SelectQueryNode')
        : await this.#inTransaction(() => this.#thread.run(sql, parameters))
    return { rows: rows as R[], numAffectedRows: changes } // Kysely has typed the query that they come from
  }

  async begin(): Promise<void> {
    await this.#turns.begin()
    this.#transaction = 'open'
  }

  /** Like PostgreSQL, undoes a transaction whose statement failed, though its work went on as if nothing had happened. */
  async commit(): Promise<void> {
    if (this.#transaction === 'spoiled') {
      await this.rollback()
      throw new AbortedTransactionError()
    }
    this.#transaction = 'none'
    await this.#turns.commit()
  }

  /** Does nothing after a commit that failed: that has undone everything. */
  async rollback(): Promise<void> {
    if (this.#transaction === 'none') return
    this.#transaction = 'none'
    await this.#turns.rollback()
  }

  async #inTransaction<T>(run: () => Promise<T>): Promise<T> {
    if (this.#transaction === 'spoiled') {
      throw fail('database_unusable', { detail: 'a statement of this transaction has failed' })
    }
    try {
      return await run()
    } catch (error) {
      this.#transaction = 'spoiled'
      throw error
    }
  }

  // oxlint-disable-next-line require-yield -- Kysely's interface; nothing here streams
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('the SQLite driver does not stream')
  }
}
