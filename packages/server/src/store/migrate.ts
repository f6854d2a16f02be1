import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
  type CompiledQuery,
  type Dialect,
  type Driver,
} from 'kysely'
import { MIGRATION_LOCK_ID, DEFAULT_MIGRATION_LOCK_TABLE, Migrator } from 'kysely/migration'
import { isCountersignError } from '@countersign/token'
import { refusal } from '../domain/production/in-production.ts'
import { fail } from '../failures.ts'
import { migrations } from './migrations/migrations.ts'
import { sqliteDialect } from './sqlite/sqlite.ts'
import type { Schema } from './tables/schema.ts'

const lock = { lockTable: DEFAULT_MIGRATION_LOCK_TABLE, lockRowId: MIGRATION_LOCK_ID }

/** The state of the migrations in a database, by their names. */
export interface MigrationState {
  readonly done: readonly string[]
  readonly pending: readonly string[]
  /** Run by a newer version, and unknown to this one. */
  readonly unknown: readonly string[]
}

/**
 * Runs the pending migrations in one transaction, and returns their names. If several processes start together, one migrates and the
 * others wait: the lock comes first, because even the migrator's own tables can be created only once.
 */
export async function migrate(db: Kysely<Schema>): Promise<readonly string[]> {
  const transaction = db.transaction().setIsolationLevel('read committed')
  return transaction.execute(async (tx) => {
    await tx.getExecutor().adapter.acquireMigrationLock(tx, lock)
    // The migrator refuses a database with migrations of a newer version. Migrations only add (0012, before the first release, is the exception), so this version works with it, after a downgrade.
    if ((await migrationState(tx)).pending.length === 0) return []
    const { error, results = [] } = await migratorOf(tx).migrateToLatest()
    if (error !== undefined) throw toFailure(error)
    return results.map(({ migrationName }) => migrationName)
  })
}

/**
 * Keeps development from migrating a database of production, of this or an earlier version: the servers that use it may not know the new tables.
 * Fails with `in_production`.
 */
export async function assertMayMigrate(db: Kysely<Schema>): Promise<void> {
  const { done, pending } = await migrationState(db)
  if (pending.length === 0 || !done.includes('0005-ledger')) return
  const table = sql.table(done.includes('0012-field-names') ? 'audit_log' : 'ledger')
  const { rows } = await sql`select 1 from ${table} where type = 'production_begun'`.execute(db)
  if (rows.length > 0) throw refusal()
}

/** Reads the state of the migrations; changes nothing. */
export async function migrationState(db: Kysely<Schema>): Promise<MigrationState> {
  const known = await migratorOf(db).getMigrations()
  const done = known.filter(({ executedAt }) => executedAt !== undefined).map(({ name }) => name)
  const pending = known.filter(({ executedAt }) => executedAt === undefined)
  return {
    done,
    pending: pending.map(({ name }) => name),
    unknown: done.length === 0 ? [] : await unknownIn(db),
  }
}

/** Fails with `migrations_pending` if a migration is pending. */
export async function assertMigrated(db: Kysely<Schema>): Promise<void> {
  const { pending } = await migrationState(db)
  if (pending.length === 0) return
  const detail = `${pending.join(', ')}; run \`countersign migrate apply\``
  throw fail('migrations_pending', { detail })
}

/** Returns the statements of a migration for a kind of database, without running them. */
export async function statementsOf(
  name: string,
  kind: 'sqlite' | 'postgres',
): Promise<readonly string[]> {
  const statements: string[] = []
  const driver: Driver = new (class extends DummyDriver {
    override async acquireConnection() {
      return {
        async executeQuery({ sql: text }: CompiledQuery) {
          statements.push(text)
          return { rows: [] }
        },
        // oxlint-disable-next-line require-yield -- Kysely's interface; nothing here streams
        async *streamQuery(): AsyncIterableIterator<never> {
          throw new Error('a migration does not stream')
        },
      }
    }
  })()
  const db = new Kysely<never>({
    dialect: { ...dialects[kind], createDriver: () => driver },
  })
  await migrations[name]?.up(db as never)
  return statements
}

/** The dialects that compile statements; the driver of PostgreSQL is not needed for that. */
const dialects: Readonly<Record<'sqlite' | 'postgres', Omit<Dialect, 'createDriver'>>> = {
  sqlite: sqliteDialect(':memory:'),
  postgres: {
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
}

async function unknownIn(db: Kysely<Schema>): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db)
  return rows.map(({ name }) => name).filter((name) => !Object.hasOwn(migrations, name))
}

function migratorOf(db: Kysely<Schema>): Migrator {
  return new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } })
}

function toFailure(error: unknown) {
  if (isCountersignError(error)) return error // the database said why
  const detail = 'its migrations failed; a newer version may have written it'
  return fail('database_unusable', { detail, cause: error })
}
