import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { isSqlite } from '../dialect.ts'

/**
 * The index of the search of users by any part of name or e-mail address: trigrams, kept by triggers on SQLite (FTS5), and by `pg_trgm` on
 * PostgreSQL. Where this role may not create the extension, there is no index, and the search reads all users; see docs/decisions.
 */
export const userSearch: Migration = {
  up: (db: Kysely<unknown>) => (isSqlite(db) ? sqlite(db) : postgres(db)),
}

/** The key orders users as their list does, newest last, because FTS5 can read matches in the order of their keys only. */
async function sqlite(db: Kysely<unknown>): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(db)
  const textOf = (row: string) =>
    `${row}.name_folded || char(10) || coalesce(${row}.email_folded, '')`
  const keyAt = (time: string) => `${time} << 20` // room for a million users in a second, in an integer of 53 bits
  await run(
    'create table user_search (key integer primary key, user_id text not null unique, text text not null)',
  )
  await run(
    `insert into user_search (key, user_id, text) select (${keyAt('u.created_at')})
      + row_number() over (partition by u.created_at order by u.id), u.id,
      ${textOf('u')} from users u`,
  )
  await run(
    `create virtual table user_trigrams using fts5(
      text, content='', contentless_delete=1, tokenize='trigram case_sensitive 1')`,
  )
  await run('insert into user_trigrams (rowid, text) select key, text from user_search')
  await run(`create trigger user_search_insert after insert on users begin
    insert into user_search (key, user_id, text) values (coalesce(
      (select max(key) + 1 from user_search where key
        between (${keyAt('new.created_at')}) and (${keyAt('(new.created_at + 1)')}) - 1),
      ${keyAt('new.created_at')}), new.id, ${textOf('new')});
    insert into user_trigrams (rowid, text) select key, text from user_search where user_id = new.id;
  end`)
  await run(`create trigger user_search_update after update of name_folded, email_folded on users begin
    update user_search set text = ${textOf('new')}
      where user_id = new.id;
    replace into user_trigrams (rowid, text) select key, text from user_search where user_id = new.id;
  end`)
  await run(`create trigger user_search_delete after delete on users begin
    delete from user_trigrams where rowid = (select key from user_search where user_id = old.id);
    delete from user_search where user_id = old.id;
  end`)
}

/** Creates the index on PostgreSQL; the guide has it for databases where the role may not create the extension. */
export const createSearchIndex = `create index users_search on users
      using gin ((name_folded || chr(10) || coalesce(email_folded, '')) gin_trgm_ops)`

async function postgres(db: Kysely<unknown>): Promise<void> {
  await sql`do $$ begin
    create extension if not exists pg_trgm;
    ${sql.raw(createSearchIndex)};
  exception when insufficient_privilege or undefined_file or feature_not_supported
    or undefined_object or invalid_schema_name then
    raise notice 'pg_trgm is not available: the search of users reads all of them';
  end $$`.execute(db)
  await sql`analyze users`.execute(db) // without statistics of the indexed text, the planner uses the index for text that all users have
}
