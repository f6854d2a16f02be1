import { DummyDriver, Kysely, sql, type CompiledQuery, type Driver } from 'kysely'
import { MIGRATION_LOCK_ID, DEFAULT_MIGRATION_LOCK_TABLE, Migrator } from 'kysely/migration'
import { isCountersignError } from '@countersign/token'
import { fail } from '../failures.ts'
import { migrations } from './migrations/migrations.ts'
import { sqliteDialect } from './sqlite/sqlite.ts'
import type { Schema } from './tables/schema.ts'

const lock = { lockTable: DEFAULT_MIGRATION_LOCK_TABLE, lockRowId: MIGRATION_LOCK_ID }

/** How a database stands to the migrations of this version, by their names. */
export interface MigrationState {
  readonly done: readonly string[]
  readonly pending: readonly string[]
  /** Done by a newer version, and unknown to this one. */
  readonly unknown: readonly string[]
}

/**
 * Brings a database up to date, all steps in one transaction. Of processes that start together one does it and the others
 * wait: the lock comes first, for even the migrator's own tables can be made only once. Answers the names of what it did.
 */
export async function migrate(db: Kysely<Schema>): Promise<readonly string[]> {
  const transaction = db.transaction().setIsolationLevel('read committed')
  return transaction.execute(async (tx) => {
    await tx.getExecutor().adapter.acquireMigrationLock(tx, lock)
    // Of a newer version's migrations the migrator knows nothing and refuses; tables only ever gain, so whoever goes back to this one may go on.
    if ((await migrationState(tx)).pending.length === 0) return []
    const { error, results = [] } = await migratorOf(tx).migrateToLatest()
    if (error !== undefined) throw toFailure(error)
    return results.map(({ migrationName }) => migrationName)
  })
}

/** ChangeSubscribers how a database stands, and changes nothing. */
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

/** Fails with `migrations_pending` where something is left to be done. */
export async function assertMigrated(db: Kysely<Schema>): Promise<void> {
  const { pending } = await migrationState(db)
  if (pending.length === 0) return
  const detail = `${pending.join(', ')}; run \`countersign migrate apply\``
  throw fail('migrations_pending', { detail })
}

/** The statements of a migration, as both databases are sent them but for their spelling. Nothing is run. */
export async function statementsOf(name: string): Promise<readonly string[]> {
  const said: string[] = []
  const driver: Driver = new (class extends DummyDriver {
    override async acquireConnection() {
      return {
        async executeQuery({ sql: text }: CompiledQuery) {
          said.push(text)
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
    dialect: { ...sqliteDialect(':memory:'), createDriver: () => driver },
  })
  await migrations[name]?.up(db as never)
  return said
}

async function unknownIn(db: Kysely<Schema>): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db)
  return rows.map(({ name }) => name).filter((name) => !Object.hasOwn(migrations, name))
}

function migratorOf(db: Kysely<Schema>): Migrator {
  return new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } })
}

function toFailure(error: unknown) {
  if (isCountersignError(error) && error.code === 'database_unreachable') return error
  const detail = 'its tables could not be brought up to date; a newer version may have written it'
  return fail('database_unusable', { detail, cause: error })
}
