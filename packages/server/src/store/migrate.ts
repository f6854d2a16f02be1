import type { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { fail } from '../failures.ts'
import { migrations } from './migrations/migrations.ts'
import type { Schema } from './tables.ts'

/** Brings a database up to date, all steps in one transaction. Processes that start together take turns. */
export async function migrate(db: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...migrations }) },
  })
  const { error } = await migrator.migrateToLatest()
  if (error === undefined) return
  const detail = 'its tables could not be brought up to date; a newer version may have written it'
  throw fail('database_unusable', { detail, cause: error })
}
