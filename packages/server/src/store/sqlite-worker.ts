import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { SqliteAnswer, SqliteRequest } from './sqlite-thread.ts'

// The thread that owns the database file. It answers statements one after the other.
const busyTimeout = 10_000 // milliseconds that a writer waits for another process's transaction

const database = new DatabaseSync(workerData as string, { timeout: busyTimeout })
// FULL: a commit that was answered survives a power cut. NORMAL would bring a revoked or rotated secret back to life.
database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on')
const statements = new Map<string, StatementSync>()

parentPort?.on('message', (request: SqliteRequest) => parentPort?.postMessage(answer(request)))

function answer({ id, sql, parameters }: SqliteRequest): SqliteAnswer {
  try {
    if (sql === 'close') {
      database.close()
      return { id, rows: [], changes: 0n }
    }
    const statement = prepared(sql)
    const values = parameters as SQLInputValue[]
    if (statement.columns().length === 0) {
      return { id, rows: [], changes: BigInt(statement.run(...values).changes) }
    }
    const rows = statement.all(...values)
    return { id, rows, changes: BigInt(rows.length) } // of a `returning`: a row for each change
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : 'the database failed' }
  }
}

function prepared(sql: string): StatementSync {
  const known = statements.get(sql)
  if (known) return known
  const statement = database.prepare(sql)
  statements.set(sql, statement)
  return statement
}
