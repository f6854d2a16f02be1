import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { isSqlite } from '../dialect.ts'

/**
 * Sessions that are no sign-ins: API tokens, and the grants of service accounts, which belong to no user. A server of the version before takes
 * an API token for a sign-in in its lists; stop those first.
 */
export const sessionKinds: Migration = {
  async up(db: Kysely<unknown>) {
    await (isSqlite(db)
      ? allowNoUser(db)
      : sql`alter table sessions alter column user_id drop not null`.execute(db))
    const table = () => db.schema.alterTable('sessions')
    await table()
      .addColumn('kind', 'text', (column) => column.notNull().defaultTo('sign_in'))
      .execute()
    await table().addColumn('name', 'text').execute()
    await table().addColumn('client_id', 'text').execute()
    await table().addColumn('scopes', 'text').execute()
    await table().addColumn('resource', 'text').execute()
    await sql`create index sessions_client on sessions (client_id) where client_id is not null`.execute(
      db,
    )
  },
}

/** SQLite cannot drop a constraint: the table is made again from its own definition, with its rows and indexes. No other table refers to it. */
async function allowNoUser(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ readonly type: string; readonly sql: string | null }>`
    select type, sql from sqlite_master where tbl_name = 'sessions'`.execute(db)
  const table = rows.find(({ type }) => type === 'table')?.sql ?? ''
  const next = table
    .replace(/^create table "?sessions"?/i, 'create table sessions_next')
    .replace(/("user_id" text) not null/i, '$1')
  const run = (text: string) => sql.raw(text).execute(db)
  await run(next)
  await run('insert into sessions_next select * from sessions')
  await run('drop table sessions')
  await run('alter table sessions_next rename to sessions')
  for (const one of rows) if (one.type === 'index' && one.sql !== null) await run(one.sql)
}
