import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import {
  CompiledQuery,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from 'kysely'
import { fail } from '../failures.ts'

/** A statement on its way to the thread that owns the file. */
export interface SqliteRequest {
  readonly id: number
  readonly sql: string
  readonly parameters: readonly unknown[]
}

/** What comes back: rows and how many were changed, or the error's message. */
export type SqliteAnswer = { readonly id: number } & (
  | { readonly rows: readonly unknown[]; readonly changes: bigint }
  | { readonly error: string }
)

/** A Kysely dialect on `node:sqlite`, whose file belongs to a thread of its own: no commit stops the event loop. */
export function sqliteDialect(file: string): Dialect {
  return {
    createAdapter: () => new TransactionalSqliteAdapter(),
    createDriver: () => new SqliteDriver(file),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

/** SQLite can undo a migration half done; Kysely's own adapter does not make use of that. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

/** One connection; Kysely lends it in turns, for a second `begin` would otherwise land inside the first. */
class SqliteDriver implements Driver {
  readonly #connection: SqliteConnection

  constructor(file: string) {
    this.#connection = new SqliteConnection(file)
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SqliteConnection> {
    return this.#connection
  }

  async releaseConnection(): Promise<void> {}

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    // immediate: takes the write lock at once, across processes too, so that what is read here stays true until commit
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'))
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'))
  }

  async destroy(): Promise<void> {
    await this.#connection.close()
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #worker: Worker
  readonly #pending = new Map<number, (answer: SqliteAnswer) => void>()
  #nextId = 0
  #broken: string | undefined

  constructor(file: string) {
    if (file !== ':memory:') makePrivateFile(file)
    const url = new URL(import.meta.url.replace(/sqlite(?=\.[tj]s$)/, 'sqlite-worker'))
    this.#worker = new Worker(url, { workerData: file })
    this.#worker.unref()
    this.#worker.on('message', (answer: SqliteAnswer) => {
      this.#pending.get(answer.id)?.(answer)
      this.#pending.delete(answer.id)
      if (this.#pending.size === 0) this.#worker.unref()
    })
    this.#worker.on('error', (error) => this.#break(String(error)))
    this.#worker.on('exit', () => this.#break('the thread that owns the database has ended'))
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#broken !== undefined) throw fail('database_unusable', { detail: this.#broken })
    const id = this.#nextId++
    const answer = await new Promise<SqliteAnswer>((resolve) => {
      this.#pending.set(id, resolve)
      this.#worker.ref() // a query under way keeps the process alive; an idle database does not
      this.#worker.postMessage({ id, sql, parameters } satisfies SqliteRequest)
    })
    if ('error' in answer) throw fail('database_unusable', { detail: answer.error })
    return { rows: answer.rows as R[], numAffectedRows: answer.changes }
  }

  // oxlint-disable-next-line require-yield -- Kysely's interface; nothing here streams
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('the SQLite driver does not stream')
  }

  async close(): Promise<void> {
    if (this.#broken === undefined)
      await this.executeQuery(CompiledQuery.raw('close')).catch(() => {})
    await this.#worker.terminate()
  }

  #break(message: string): void {
    this.#broken ??= message
    for (const [id, settle] of this.#pending) settle({ id, error: this.#broken })
    this.#pending.clear()
  }
}

/** Makes the file readable for its owner alone before SQLite opens it; the log files beside it inherit its mode. */
function makePrivateFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    closeSync(openSync(file, 'a', 0o600))
  } catch (cause) {
    throw fail('database_unusable', { detail: 'its file cannot be made or written', cause })
  }
}
