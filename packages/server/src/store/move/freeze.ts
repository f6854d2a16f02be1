import { sql, type Kysely } from 'kysely'
import { setTimeout } from 'node:timers/promises'
import { isCountersignError } from '@countersign/token'
import { isSqlite } from '../dialect.ts'
import { fail } from '../../failures.ts'
import type { Schema } from '../tables/schema.ts'
import { movedTables } from './moved-tables.ts'

// Freezing a database: triggers of the database itself refuse every change, whichever program makes it. A server that was started before the move, or
// whose version does not know of moves, cannot write past them.

/** The message by which SQLite refuses a change of a frozen database, and the SQLSTATE of PostgreSQL. */
export const frozenMessage = 'the database is frozen: it is being moved'
export const frozenSqlState = 'CSMOV'

const changes = ['insert', 'update', 'delete'] as const
const lockTimeout = '400ms' // less than `deadlock_timeout`, 1 s: so of two that wait for each other the move gives up, and not a server
const maxAttempts = 150 // 90 s with the pauses: a transaction that writes for longer is a hanging program, which the operator has to end
const busy =
  'a transaction has held the tables for 90 s: end it (pg_stat_activity names it), and repeat the move, which continues'
const pauseMs = 200 // lets the transactions run that have waited behind the lock

/**
 * Freezes all tables in one transaction, after `mark` in it. It waits for the transactions that are writing; afterwards reads are served, and
 * each write fails with `database_moving`. Fails with `move_under_way` if a transaction holds the tables for 90 s.
 */
export async function freeze(
  db: Kysely<Schema>,
  mark: (tx: Kysely<Schema>) => Promise<boolean>,
): Promise<boolean> {
  for (let attempt = 1; ; attempt++)
    try {
      return await db.transaction().execute(async (tx) => {
        if (!isSqlite(tx)) await lockTables(tx)
        if (!(await mark(tx))) return false
        await (isSqlite(tx) ? freezeSqlite(tx) : freezePostgres(tx))
        return true
      })
    } catch (error) {
      if (!isLockTimeout(error)) throw error
      if (attempt === maxAttempts) throw fail('move_under_way', { detail: busy })
      await setTimeout(pauseMs)
    }
}

/** Removes what {@link freeze} made. */
export async function thaw(tx: Kysely<Schema>): Promise<void> {
  for (const { name } of movedTables)
    if (isSqlite(tx))
      for (const change of changes)
        await sql`drop trigger if exists ${triggerName(name, change)}`.execute(tx)
    else await sql`drop trigger if exists countersign_frozen on ${sql.table(name)}`.execute(tx)
}

async function freezeSqlite(tx: Kysely<Schema>): Promise<void> {
  for (const { name } of movedTables)
    for (const change of changes)
      await sql`create trigger ${triggerName(name, change)} before ${sql.raw(change)} on ${sql.table(name)}
        begin select raise(abort, ${sql.lit(frozenMessage)}); end`.execute(tx)
}

const triggerName = (table: string, change: string) =>
  sql.id(`countersign_frozen_${table}_${change}`)

/** For each row, not for each statement: a statement that finds nothing to change is no change. */
async function freezePostgres(tx: Kysely<Schema>): Promise<void> {
  await sql`create or replace function countersign_frozen() returns trigger language plpgsql as ${sql.lit(
    `begin raise exception '${frozenMessage}' using errcode = '${frozenSqlState}'; end`,
  )}`.execute(tx)
  for (const { name } of movedTables)
    await sql`create trigger countersign_frozen before insert or update or delete on ${sql.table(name)}
      for each row execute function countersign_frozen()`.execute(tx)
}

async function lockTables(tx: Kysely<Schema>): Promise<void> {
  await sql`set local lock_timeout = ${sql.lit(lockTimeout)}`.execute(tx)
  const tables = sql.join(movedTables.map(({ name }) => sql.table(name)))
  await sql`lock table ${tables} in share row exclusive mode`.execute(tx)
}

function isLockTimeout(error: unknown): boolean {
  return isCountersignError(error) && error.facts['sqlState'] === '55P03'
}
