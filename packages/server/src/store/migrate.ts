import type { Kysely } from 'kysely'
import { MIGRATION_LOCK_ID, DEFAULT_MIGRATION_LOCK_TABLE, Migrator } from 'kysely/migration'
import { isCountersignError } from '@countersign/token'
import { fail } from '../failures.ts'
import { migrations } from './migrations/migrations.ts'
import type { Schema } from './tables.ts'

const lock = { lockTable: DEFAULT_MIGRATION_LOCK_TABLE, lockRowId: MIGRATION_LOCK_ID }

/**
 * Brings a database up to date, all steps in one transaction. Of processes that start together one does it and the others
 * wait: the lock comes first, for even the migrator's own tables can be made only once.
 */
export async function migrate(db: Kysely<Schema>): Promise<void> {
  const transaction = db.transaction().setIsolationLevel('read committed')
  await transaction.execute(async (tx) => {
    await tx.getExecutor().adapter.acquireMigrationLock(tx, lock)
    const migrator = new Migrator({
      db: tx,
      provider: { getMigrations: async () => ({ ...migrations }) },
    })
    const { error } = await migrator.migrateToLatest()
    if (error !== undefined) throw toFailure(error)
  })
}

function toFailure(error: unknown) {
  if (isCountersignError(error) && error.code === 'database_unreachable') return error
  const detail = 'its tables could not be brought up to date; a newer version may have written it'
  return fail('database_unusable', { detail, cause: error })
}
