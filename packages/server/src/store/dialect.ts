import { SqliteAdapter, sql, type Kysely } from 'kysely'

/** Returns whether a database is SQLite; it is PostgreSQL otherwise. Only for what the two have no common SQL for. */
export function isSqlite<Schema>(db: Kysely<Schema>): boolean {
  return db.getExecutor().adapter instanceof SqliteAdapter
}

/** Writes nothing, but fails as a write does on a database that is read-only; then every connection to it is dropped. */
export async function writeNothing<Schema>(db: Kysely<Schema>): Promise<void> {
  await sql`update users set id = id where 1 = 0`.execute(db)
}
