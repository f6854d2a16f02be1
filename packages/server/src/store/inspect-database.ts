import type { Seconds } from '@countersign/token/internal'
import { sql, type Kysely } from 'kysely'
import { encryptedTables } from '../domain/keys/reencrypt.ts'
import type { EncryptedItem } from '../domain/kernel/encrypted-secrets.ts'
import type { KeyRing } from '../domain/keys/signing-key.ts'
import { migrationState, type MigrationState } from './migrate.ts'
import { encryptedSecretsTable } from './tables/encrypted-secrets.ts'
import type { MoveState } from './tables/database-rows.ts'
import { findMoveWith } from './tables/moves.ts'
import { signingKeysTable } from './tables/signing-keys.ts'
import type { Schema } from './tables/schema.ts'

/** The state of a database, for its operator. */
export interface DatabaseReport {
  readonly migrations: MigrationState
  /** The state of the database in a move; undefined if it has none. */
  readonly move: MoveState | undefined
  /** Settings of the database that make commits durable: the name, the value, and the value that it should have. */
  readonly durability: readonly (readonly [name: string, is: string, wanted: string])[]
  /** The replication of the database; undefined for SQLite. */
  readonly replication: Replication | undefined
  /** The reason why the database is read-only: `standby`, or the name of a setting; undefined if it can be written. */
  readonly readOnly: string | undefined
  /** The database's clock; undefined for SQLite, which has none of its own. */
  readonly clock: Seconds | undefined
  /** All signing keys, as they are in the database; like `encrypted` empty while migrations are pending. */
  readonly ring: KeyRing
  /** All encrypted values. */
  readonly encrypted: readonly EncryptedItem[]
}

/** The standbys of a PostgreSQL server. */
export interface Replication {
  /** The number of standbys that follow it now. */
  readonly standbys: number
  /** `synchronous_standby_names`: those that each commit waits for; empty if it waits for none. */
  readonly synchronous: string
}

/** Reads the state of a database; changes nothing. */
export async function inspectTables(
  db: Kysely<Schema>,
  kind: 'sqlite' | 'postgres',
): Promise<DatabaseReport> {
  const migrations = await migrationState(db)
  const isMigrated = migrations.pending.length === 0
  const keys = isMigrated ? await keysIn(db) : { ring: [], encrypted: [] }
  const move = (await findMoveWith(migrations.pending, db))?.state
  return {
    migrations,
    move,
    ...keys,
    ...(kind === 'sqlite' ? await sqlite(db) : await postgres(db)),
  }
}

/** Returns whether a password was hashed with a pepper other than these, by their ids. Scans all users. */
export async function hasOtherPepper(
  db: Kysely<Schema>,
  known: readonly string[],
): Promise<boolean> {
  const peppered = db.selectFrom('users').select('id').where('password_hash', 'like', '%,keyid=%')
  const query = known.reduce(
    (rest, id) => rest.where('password_hash', 'not like', `%,keyid=${id}$%`),
    peppered,
  )
  return (await query.limit(1).executeTakeFirst()) !== undefined
}

async function keysIn(db: Kysely<Schema>) {
  const tables = { signingKeys: signingKeysTable(db), encryptedSecrets: encryptedSecretsTable(db) }
  const items = await Promise.all(encryptedTables(tables).map((table) => table.listEncrypted()))
  const rows = await tables.signingKeys.list()
  return { ring: rows.map(({ key }) => key), encrypted: items.flat() }
}

async function sqlite(db: Kysely<Schema>) {
  const journal = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(db)
  const synchronous = await sql<{ synchronous: number }>`pragma synchronous`.execute(db)
  return {
    clock: undefined,
    readOnly: undefined,
    replication: undefined,
    durability: [
      ['journal_mode', String(journal.rows[0]?.journal_mode), 'wal'],
      ['synchronous', String(synchronous.rows[0]?.synchronous), '2'],
    ] as const,
  }
}

async function postgres(db: Kysely<Schema>) {
  const wanted = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' }
  const names = Object.keys(wanted)
  const { rows } = await sql<PostgresSetting>`
    select name, setting, floor(extract(epoch from clock_timestamp()))::bigint as now,
      pg_is_in_recovery() as standby, (select count(*)::int from pg_stat_replication) as standbys
    from pg_settings where name in (${sql.join([...names, readOnlySetting, synchronousSetting])})`.execute(
    db,
  )
  const durability = Object.entries(wanted).map(([name, should]) => {
    const is = rows.find((row) => row.name === name)?.setting ?? 'unknown'
    // these wait for more than the local disk, which is as good
    const more = name === 'synchronous_commit' && ['remote_apply', 'remote_write'].includes(is)
    return [name, is, more ? is : should] as const
  })
  const isReadOnly = rows.some(({ name, setting }) => name === readOnlySetting && setting === 'on')
  const readOnly = rows[0]?.standby ? 'standby' : isReadOnly ? readOnlySetting : undefined
  const synchronous = rows.find(({ name }) => name === synchronousSetting)?.setting ?? ''
  const replication = { standbys: rows[0]?.standbys ?? 0, synchronous }
  return { clock: rows[0]?.now, readOnly, durability, replication }
}

/** A setting, and with each row what is known of the server. */
interface PostgresSetting {
  readonly name: string
  readonly setting: string
  readonly now: number
  readonly standby: boolean
  readonly standbys: number
}

const synchronousSetting = 'synchronous_standby_names'
const readOnlySetting = 'default_transaction_read_only'
