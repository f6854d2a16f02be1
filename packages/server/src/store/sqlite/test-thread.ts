import { fail } from '../../failures.ts'
import { resultOf, SqliteThread, type SqliteConnection } from './sqlite-thread.ts'

/** Threads with an empty, migrated database in memory, which no test has. */
const idle: SqliteThread[] = []

/** Finds the tables that a test may have filled; triggers keep the index of the search. */
export const filledTables = `select name from sqlite_schema where type = 'table'
  and name not like 'kysely%' and name not like 'sqlite%' and name not glob 'user_*'`

/**
 * Opens a database in memory for a test: the emptied one of an earlier test, if there is one, because a new thread and its migrations cost four
 * fifths of a test server. Once closed, the connection refuses whatever its test still sends.
 */
export function openTestThread(file: string): SqliteConnection {
  if (file !== ':memory:') return new SqliteThread(file)
  const thread = idle.pop() ?? new SqliteThread(file)
  let isClosed = false
  const assertOpen = () => {
    if (isClosed) throw fail('database_unusable', { detail: 'its test has closed it' })
  }
  return {
    async run(...statement) {
      assertOpen()
      return thread.run(...statement)
    },
    async batch(...statements) {
      assertOpen()
      return thread.batch(...statements)
    },
    async close() {
      if (isClosed) return
      isClosed = true
      await empty(thread)
      idle.push(thread)
    },
  }
}

/** Ends the transaction that is open, if there is one, and deletes every row. */
async function empty(thread: SqliteThread): Promise<void> {
  await thread.run('rollback').catch(() => {}) // there is none
  const { rows } = await thread.run(filledTables)
  const texts = (rows as readonly { readonly name: string }[]).map(
    ({ name }) => `delete from "${name}"`,
  )
  const statements = ['pragma foreign_keys = off', ...texts, 'pragma foreign_keys = on']
  const outcomes = await thread.batch(
    statements.map((sql) => ({ sql, parameters: [] })),
    'each',
  )
  outcomes.forEach(resultOf)
}
