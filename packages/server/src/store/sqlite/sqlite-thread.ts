import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { CountersignError } from '@countersign/token'
import { fail } from '../../failures.ts'
import { frozenMessage } from '../move/freeze.ts'

/** A statement and its values. */
export interface SqliteStatement {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

/**
 * The commit of a batch of statements: each statement on its own (`each`), all in one new transaction (`transaction`), or within the open
 * transaction, which stays open (`within`) or is committed after them (`within-commit`). With `read` they run on the connection that only reads, and
 * see what is committed.
 */
export type BatchCommit = 'each' | 'transaction' | 'within' | 'within-commit' | 'read'

/** A message to the thread that owns the file. */
export interface SqliteRequest {
  readonly id: number
  readonly statements: readonly SqliteStatement[]
  readonly commit: BatchCommit
}

/** The result of a statement: rows, and the number of changed rows. */
export interface SqliteResult {
  readonly rows: readonly unknown[]
  readonly changes: bigint
}

/** The outcome of one statement: its result, or the error because of which it changed nothing. */
export type SqliteOutcome = SqliteResult | { readonly error: string }

/** The answer of the thread: an outcome for each statement, or the error because of which none was run. */
export type SqliteAnswer = { readonly id: number } & (
  | { readonly outcomes: readonly SqliteOutcome[] }
  | { readonly error: string }
)

/** A connection to a database: the handle of its thread. */
export type SqliteConnection = Pick<SqliteThread, 'run' | 'batch' | 'close'>

/** The handle of the worker thread that owns a database file. The thread runs statements one after the other. */
export class SqliteThread {
  readonly #worker: Worker
  readonly #pending = new Map<number, (answer: SqliteAnswer) => void>()
  #nextId = 0
  #broken: string | undefined

  constructor(file: string) {
    if (file !== ':memory:') makePrivateFile(file)
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js' // source or build
    const url = new URL(`sqlite-worker.${extension}`, import.meta.url)
    this.#worker = new Worker(url, { workerData: file })
    this.#worker.unref()
    this.#worker.on('message', (answer: SqliteAnswer) => {
      this.#pending.get(answer.id)?.(answer)
      this.#pending.delete(answer.id)
      if (this.#pending.size === 0) this.#worker.unref()
    })
    this.#worker.on('error', (error) =>
      this.#break(error instanceof Error ? error.message : String(error)),
    )
    this.#worker.on('exit', () => this.#break('the database thread has ended'))
  }

  /** Runs one statement. Fails with `database_unusable`. */
  async run(sql: string, parameters: readonly unknown[] = []): Promise<SqliteResult> {
    const [outcome] = await this.batch([{ sql, parameters }], 'each')
    return resultOf(outcome)
  }

  /** Runs statements one after the other, in one message to the thread. Fails with `database_unusable` if none was run. */
  async batch(
    statements: readonly SqliteStatement[],
    commit: BatchCommit,
  ): Promise<readonly SqliteOutcome[]> {
    if (this.#broken !== undefined) throw fail('database_unusable', { detail: this.#broken })
    const id = this.#nextId++
    const answer = await new Promise<SqliteAnswer>((resolve) => {
      this.#pending.set(id, resolve)
      this.#worker.ref() // a running query keeps the process alive; an idle database does not
      this.#worker.postMessage({ id, statements, commit } satisfies SqliteRequest)
    })
    if ('error' in answer) throw failureOf(answer.error)
    return answer.outcomes
  }

  /** Closes the file, after the statements that were sent before. */
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

/** Returns the result of an outcome. Fails with `database_unusable` and `database_moving`. */
export function resultOf(outcome: SqliteOutcome | undefined): SqliteResult {
  if (outcome && !('error' in outcome)) return outcome
  throw failureOf(outcome?.error ?? 'a statement has no outcome')
}

function failureOf(message: string): CountersignError {
  return message === frozenMessage
    ? fail('database_moving')
    : fail('database_unusable', { detail: message })
}

/** Creates the file readable by its owner only, before SQLite opens it; the write-ahead log inherits its mode. */
function makePrivateFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    closeSync(openSync(file, 'a', 0o600))
  } catch (cause) {
    throw fail('database_unusable', { detail: 'its file cannot be created or written', cause })
  }
}
