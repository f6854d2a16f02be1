import { sql } from 'kysely'
import { withDatabase, type Database } from '../store.ts'

/** Deletes every row of a PostgreSQL database. */
export async function emptyTables(database: Database): Promise<void> {
  await withDatabase(database, async (db) => {
    const tables = await sql<{ name: string }>`
      select quote_ident(tablename) as name from pg_tables
      where schemaname = 'public' and tablename not like 'kysely%'`.execute(db)
    const names = tables.rows.map(({ name }) => name).join(', ')
    await sql.raw(`truncate ${names} restart identity`).execute(db)
  })
}
