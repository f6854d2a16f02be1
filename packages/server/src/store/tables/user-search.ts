import { sql, type Kysely } from 'kysely'
import type { UserPage } from '../../domain/users/users.ts'
import { isSqlite } from '../dialect.ts'
import type { Schema, UserRow } from './schema.ts'

/** Finds users by a part of their folded names or e-mail addresses, the newest first; migration 0014 makes the index. */
export async function searchUsers(
  db: Kysely<Schema>,
  page: UserPage & { readonly search: string },
): Promise<readonly UserRow[]> {
  const query = isSqlite(db) ? sqliteQuery(page) : postgresQuery(page)
  return (await query.execute(db)).rows
}

const minTrigram = 3 // characters; a shorter text is in no index, and is looked for in all users, the newest first

function sqliteQuery({ search, limit, after }: UserPage & { readonly search: string }) {
  const phrase = `"${search.replaceAll('"', '""')}"` // a phrase of trigrams is the text itself
  const [from, key] =
    [...search].length < minTrigram
      ? [sql`user_search s where instr(s.text, ${search}) > 0`, sql`s.key`]
      : [
          sql`user_trigrams t join user_search s on s.key = t.rowid where t.text match ${phrase}`,
          sql`t.rowid`,
        ]
  const beyond = after
    ? sql`and ${key} < coalesce((select key from user_search where user_id = ${after.id}), (${after.createdAt} + 1) << 20)`
    : sql``
  return sql<UserRow>`select u.* from (select s.user_id, s.key from ${from} ${beyond} order by ${key} desc limit ${limit}) found
    join users u on u.id = found.user_id order by found.key desc`
}

function postgresQuery({ search, limit, after }: UserPage & { readonly search: string }) {
  const pattern = `%${search.replace(/[!%_]/g, '!$&')}%` // `!` escapes `%` and `_`
  const text = sql`(name_folded || chr(10) || coalesce(email_folded, ''))` // as the index has it
  const matches =
    [...search].length < minTrigram
      ? sql`position(${search} in ${text}) > 0`
      : sql`${text} like ${pattern} escape '!'`
  const beyond = after ? sql`and (created_at, id) < (${after.createdAt}, ${after.id})` : sql``
  return sql<UserRow>`select * from users
    where ${matches} ${beyond}
    order by created_at desc, id desc limit ${limit}`
}
