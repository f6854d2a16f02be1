import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { fail } from '../failures.ts'

/** A statement on its way to the thread that owns the file. */
export interface SqliteRequest {
  readonly id: number
  readonly sql: string
  readonly parameters: readonly unknown[]
}

/** What a statement gave: rows, and how many were changed. */
export interface SqliteResult {
  readonly rows: readonly unknown[]
  readonly changes: bigint
}

/** What comes back: a result, or the error's message. */
export type SqliteAnswer = { readonly id: number } & (SqliteResult | { readonly error: string })

/** The thread that owns a database file, seen from outside: it answers statements one after the other. */
export class SqliteThread {
  readonly #worker: Worker
  readonly #pending = new Map<number, (answer: SqliteAnswer) => void>()
  #nextId = 0
  #broken: string | undefined

  constructor(file: string) {
    if (file !== ':memory:') makePrivateFile(file)
    const url = new URL(import.meta.url.replace(/sqlite-thread(?=\.[tj]s$)/, 'sqlite-worker'))
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

  /** Runs one statement. Fails with `database_unusable`. */
  async run(sql: string, parameters: readonly unknown[] = []): Promise<SqliteResult> {
    if (this.#broken !== undefined) throw fail('database_unusable', { detail: this.#broken })
    const id = this.#nextId++
    const answer = await new Promise<SqliteAnswer>((resolve) => {
      this.#pending.set(id, resolve)
      this.#worker.ref() // a query under way keeps the process alive; an idle database does not
      this.#worker.postMessage({ id, sql, parameters } satisfies SqliteRequest)
    })
    if ('error' in answer) throw fail('database_unusable', { detail: answer.error })
    return answer
  }

  /** Closes the file, after the statements that were asked before. */
  async close(): Promise<void> {
    if (this.#broken === undefined) await this.run('close').catch(() => {})
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
