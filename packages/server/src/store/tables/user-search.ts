import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { UserPage, UserState } from '../../domain/users/users.ts'
import { isSqlite } from '../dialect.ts'
import type { Schema, UserRow } from './schema.ts'

/** The condition that a user has a role: a scan of all users, up to the number that is wanted. */
export function hasRole(role: string): RawBuilder<boolean> {
  return sql`replace(' ' || roles || ' ', ${` ${role} `}, '') != ' ' || roles || ' '` // `like` ignores case on SQLite
}

/** The condition that a user may sign in, or may not. */
function isInState(state: UserState): RawBuilder<boolean> {
  return state === 'active' ? sql`disabled_at is null` : sql`disabled_at is not null`
}

/** The conditions of a page besides its text, to append to others. */
function conditions({ role, state }: UserPage) {
  const roleIs = role === undefined ? sql`` : sql`and ${hasRole(role)}`
  return state === undefined ? roleIs : sql`${roleIs} and ${isInState(state)}`
}

/** Lists a page of users, the newest first; with a text, those whose folded names or e-mail addresses contain it. */
export async function listUsers(
  db: Kysely<Schema>,
  { search = '', ...page }: UserPage,
): Promise<readonly UserRow[]> {
  if (search !== '') return searchUsers(db, { ...page, search })
  const { limit, after, role, state } = page
  const all = db.selectFrom('users').selectAll()
  let query = all.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit)
  if (after) query = query.where(sql<boolean>`(created_at, id) < (${after.createdAt}, ${after.id})`)
  if (role !== undefined) query = query.where(hasRole(role))
  if (state !== undefined) query = query.where(isInState(state))
  return query.execute()
}

/** Finds users by a part of their folded names or e-mail addresses, the newest first; migration 0014 makes the index. */
async function searchUsers(
  db: Kysely<Schema>,
  page: UserPage & { readonly search: string },
): Promise<readonly UserRow[]> {
  const query = isSqlite(db) ? sqliteQuery(page) : postgresQuery(page)
  return (await query.execute(db)).rows
}

const minTrigram = 3 // characters; a shorter text is in no index, and is looked for in all users, the newest first

function sqliteQuery(page: UserPage & { readonly search: string }) {
  const { search, limit, after } = page
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
  const matching = sql`and exists (select 1 from users where id = s.user_id ${conditions(page)})`
  return sql<UserRow>`select u.* from (select s.user_id, s.key from ${from} ${beyond} ${matching} order by ${key} desc limit ${limit}) found
    join users u on u.id = found.user_id order by found.key desc`
}

function postgresQuery(page: UserPage & { readonly search: string }) {
  const { search, limit, after } = page
  const pattern = `%${search.replace(/[!%_]/g, '!$&')}%` // `!` escapes `%` and `_`
  const text = sql`(name_folded || chr(10) || coalesce(email_folded, ''))` // as the index has it
  const matches =
    [...search].length < minTrigram
      ? sql`position(${search} in ${text}) > 0`
      : sql`${text} like ${pattern} escape '!'`
  const beyond = after ? sql`and (created_at, id) < (${after.createdAt}, ${after.id})` : sql``
  return sql<UserRow>`select * from users
    where ${matches} ${beyond} ${conditions(page)}
    order by created_at desc, id desc limit ${limit}`
}
