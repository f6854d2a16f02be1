import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type {
  BatchCommit,
  SqliteAnswer,
  SqliteOutcome,
  SqliteRequest,
  SqliteStatement,
} from './sqlite-thread.ts'

// The worker thread that owns the database file. It runs statements one after the other.
const busyTimeout = 10_000 // milliseconds that a writer waits for another process's transaction

const database = new DatabaseSync(workerData as string, { timeout: busyTimeout })
enableWriteAheadLog()
// FULL: a confirmed commit survives a power cut. NORMAL would bring a revoked or rotated secret back to life.
database.exec('pragma synchronous = full; pragma foreign_keys = on')
const [statements, reads] = [new Map<string, StatementSync>(), new Map<string, StatementSync>()]
let reader: DatabaseSync | undefined

parentPort?.on('message', (request: SqliteRequest) => parentPort?.postMessage(answer(request)))

/**
 * Turns on the write-ahead log, so that readers and writers do not wait for each other. The mode is stored in the file. If several processes
 * open a new file at once, SQLite refuses all but one of them immediately, hence the retries.
 */
function enableWriteAheadLog(): void {
  for (let attempts = 100; ; attempts--)
    try {
      return database.exec('pragma journal_mode = wal')
    } catch (error) {
      if (!isBusy(error) || attempts === 0) throw error
      database.exec('begin immediate; rollback') // waits for that process, `busyTimeout` at most
    }
}

/** Returns whether another process has locked the file: SQLITE_BUSY is the low byte of SQLite's extended codes. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 5
}

function answer({ id, statements: batch, commit }: SqliteRequest): SqliteAnswer {
  try {
    if (commit === 'transaction') database.exec('begin immediate')
    const outcomes: SqliteOutcome[] = []
    for (const statement of batch) {
      const outcome = commit === 'read' ? outcomeOf(statement, preparedRead) : outcomeOf(statement)
      // A failed statement changes nothing and the transaction goes on; only on a full disk SQLite rolls it back.
      if ('error' in outcome && !isAlone(commit) && !database.isTransaction)
        return { id, error: outcome.error }
      outcomes.push(outcome)
    }
    if (commit === 'transaction' || commit === 'within-commit') database.exec('commit')
    return { id, outcomes }
  } catch (error) {
    if (database.isTransaction) database.exec('rollback')
    return { id, error: messageOf(error) }
  }
}

/** Returns whether each statement of a batch is on its own. */
function isAlone(commit: BatchCommit): boolean {
  return commit === 'each' || commit === 'read'
}

function outcomeOf({ sql, parameters }: SqliteStatement, prepare = prepared): SqliteOutcome {
  try {
    if (sql === 'close') {
      reader?.close() // first: the last connection moves the log into the file
      database.close()
      return { rows: [], changes: 0n }
    }
    const statement = prepare(sql)
    const values = parameters as SQLInputValue[]
    if (statement.columns().length === 0) {
      return { rows: [], changes: BigInt(statement.run(...values).changes) }
    }
    const rows = statement.all(...values)
    return { rows, changes: BigInt(rows.length) } // with `returning`: one row for each change
  } catch (error) {
    return { error: messageOf(error) }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'the database failed'
}

function prepared(sql: string): StatementSync {
  return preparedOn(database, statements, sql)
}

/** Prepares a statement on the connection that only reads. It is opened when it is first needed, because the file may not have a log before. */
function preparedRead(sql: string): StatementSync {
  reader ??= new DatabaseSync(workerData as string, { timeout: busyTimeout, readOnly: true })
  return preparedOn(reader, reads, sql)
}

function preparedOn(
  connection: DatabaseSync,
  known: Map<string, StatementSync>,
  sql: string,
): StatementSync {
  const found = known.get(sql)
  if (found) return found
  const statement = connection.prepare(sql)
  known.set(sql, statement)
  return statement
}
