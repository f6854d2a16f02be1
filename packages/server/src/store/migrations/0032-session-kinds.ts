import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { isSqlite } from '../dialect.ts'

/**
 * Sessions that are no sign-ins: API tokens, and the grants of service accounts, which belong to no user. A server of the version before takes
 * an API token for a sign-in in its lists; stop those first.
 */
export const sessionKinds: Migration = {
  async up(db: Kysely<unknown>) {
    if (isSqlite(db)) await allowNoUser(db)
    else await sql`alter table sessions alter column user_id drop not null`.execute(db)
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

const columns =
  'id user_id handle_hash secret_hash used created_at last_used_at authenticated_at amr user_agent address idle_expires_at expires_at ended_at end_reason status_list status_index idle_day'
    .split(' ')
    .join(',\n  ')

/** SQLite cannot drop a constraint: the table is made again, with its rows and indexes. No other table refers to it. */
async function allowNoUser(db: Kysely<unknown>): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(db)
  await run(`create table sessions_next (id text primary key,
    user_id text references users (id) on delete cascade, handle_hash text not null unique,
    secret_hash text not null, used text not null, created_at bigint not null, last_used_at bigint not null,
    authenticated_at bigint not null, amr text not null, user_agent text, address text,
    idle_expires_at bigint not null, expires_at bigint not null, ended_at bigint, end_reason text,
    status_list bigint, status_index bigint, idle_day bigint)`)
  await run(`insert into sessions_next (${columns}) select ${columns} from sessions`)
  await run('drop table sessions')
  await run('alter table sessions_next rename to sessions')
  await run('create index sessions_user on sessions (user_id)')
  await run('create index sessions_expires on sessions (expires_at)')
  await run('create index sessions_ended on sessions (ended_at) where ended_at is not null')
  await run('create index sessions_not_ended on sessions (user_id) where ended_at is null')
  await run('create unique index sessions_status on sessions (status_list, status_index)')
  await run('create index sessions_idle on sessions (idle_day)')
}
