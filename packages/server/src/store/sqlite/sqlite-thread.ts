import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { fail } from '../../failures.ts'

/** A statement and its values. */
export interface SqliteStatement {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

/**
 * How statements that are sent together are committed: each alone, all by a transaction of their own, or within the one that is open,
 * which goes on (`part`) or is committed after them (`last`).
 */
export type SqliteShare = 'alone' | 'whole' | 'part' | 'last'

/** Statements on their way to the thread that owns the file. */
export interface SqliteRequest {
  readonly id: number
  readonly statements: readonly SqliteStatement[]
  readonly share: SqliteShare
}

/** What a statement gave: rows, and how many were changed. */
export interface SqliteResult {
  readonly rows: readonly unknown[]
  readonly changes: bigint
}

/** What became of one statement: its result, or why it changed nothing. */
export type SqliteOutcome = SqliteResult | { readonly error: string }

/** What comes back: an outcome for each statement, or why none of them has happened. */
export type SqliteAnswer = { readonly id: number } & (
  | { readonly outcomes: readonly SqliteOutcome[] }
  | { readonly error: string }
)

/** The thread that owns a database file, seen from outside: it answers statements one after the other. */
export class SqliteThread {
  readonly #worker: Worker
  readonly #pending = new Map<number, (answer: SqliteAnswer) => void>()
  #nextId = 0
  #broken: string | undefined

  constructor(file: string) {
    if (file !== ':memory:') makePrivateFile(file)
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js' // as it stands here, or built
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
    this.#worker.on('exit', () => this.#break('the thread that owns the database has ended'))
  }

  /** Runs one statement. Fails with `database_unusable`. */
  async run(sql: string, parameters: readonly unknown[] = []): Promise<SqliteResult> {
    const [outcome] = await this.batch([{ sql, parameters }], 'alone')
    return resultOf(outcome)
  }

  /** Runs statements one after the other, in one trip to the thread. Fails with `database_unusable` when none of them has happened. */
  async batch(
    statements: readonly SqliteStatement[],
    share: SqliteShare,
  ): Promise<readonly SqliteOutcome[]> {
    if (this.#broken !== undefined) throw fail('database_unusable', { detail: this.#broken })
    const id = this.#nextId++
    const answer = await new Promise<SqliteAnswer>((resolve) => {
      this.#pending.set(id, resolve)
      this.#worker.ref() // a query under way keeps the process alive; an idle database does not
      this.#worker.postMessage({ id, statements, share } satisfies SqliteRequest)
    })
    if ('error' in answer) throw fail('database_unusable', { detail: answer.error })
    return answer.outcomes
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

/** The result of an outcome. Fails with `database_unusable`. */
export function resultOf(outcome: SqliteOutcome | undefined): SqliteResult {
  if (outcome && !('error' in outcome)) return outcome
  throw fail('database_unusable', { detail: outcome?.error ?? 'a statement was not answered' })
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
