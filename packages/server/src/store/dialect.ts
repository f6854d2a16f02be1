import { SqliteAdapter, type Kysely } from 'kysely'

/** Returns whether a database is SQLite; it is PostgreSQL otherwise. Only for what the two have no common SQL for. */
export function isSqlite<Schema>(db: Kysely<Schema>): boolean {
  return db.getExecutor().adapter instanceof SqliteAdapter
}
