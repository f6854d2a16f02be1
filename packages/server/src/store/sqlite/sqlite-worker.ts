import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type {
  SqliteAnswer,
  SqliteOutcome,
  SqliteRequest,
  SqliteStatement,
} from './sqlite-thread.ts'

// The thread that owns the database file. It answers statements one after the other.
const busyTimeout = 10_000 // milliseconds that a writer waits for another process's transaction

const database = new DatabaseSync(workerData as string, { timeout: busyTimeout })
logAhead()
// FULL: a commit that was answered survives a power cut. NORMAL would bring a revoked or rotated secret back to life.
database.exec('pragma synchronous = full; pragma foreign_keys = on')
const statements = new Map<string, StatementSync>()

parentPort?.on('message', (request: SqliteRequest) => parentPort?.postMessage(answer(request)))

/**
 * Has changes written to a log beside the file, so that who looks and who writes do not wait for each other. The file says so itself, and
 * whoever comes later has nothing to do; of those who open a new one at the same time SQLite refuses all but one, and at once.
 */
function logAhead(): void {
  for (let attempts = 100; ; attempts--)
    try {
      return database.exec('pragma journal_mode = wal')
    } catch (error) {
      if (!isBusy(error) || attempts === 0) throw error
      database.exec('begin immediate; rollback') // this waits for the one, `busyTimeout` at most
    }
}

/** Whether somebody else has locked the file: SQLITE_BUSY, in the low byte of SQLite's more exact codes. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 5
}

function answer({ id, statements: asked, share }: SqliteRequest): SqliteAnswer {
  try {
    if (share === 'whole') database.exec('begin immediate')
    const outcomes: SqliteOutcome[] = []
    for (const statement of asked) {
      const outcome = outcomeOf(statement)
      // A statement that fails changes nothing and the transaction goes on; but on a full disk SQLite ends it by itself.
      if ('error' in outcome && share !== 'alone' && !database.isTransaction)
        return { id, error: outcome.error }
      outcomes.push(outcome)
    }
    if (share === 'whole' || share === 'last') database.exec('commit')
    return { id, outcomes }
  } catch (error) {
    if (database.isTransaction) database.exec('rollback')
    return { id, error: messageOf(error) }
  }
}

function outcomeOf({ sql, parameters }: SqliteStatement): SqliteOutcome {
  try {
    if (sql === 'close') {
      database.close()
      return { rows: [], changes: 0n }
    }
    const statement = prepared(sql)
    const values = parameters as SQLInputValue[]
    if (statement.columns().length === 0) {
      return { rows: [], changes: BigInt(statement.run(...values).changes) }
    }
    const rows = statement.all(...values)
    return { rows, changes: BigInt(rows.length) } // of a `returning`: a row for each change
  } catch (error) {
    return { error: messageOf(error) }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'the database failed'
}

function prepared(sql: string): StatementSync {
  const known = statements.get(sql)
  if (known) return known
  const statement = database.prepare(sql)
  statements.set(sql, statement)
  return statement
}
