import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * Chains of signing keys: one key without an end for each algorithm, instead of one. A server of the version before rotates as if all keys were of
 * one chain; add a second algorithm to `keys.algorithms` when none runs any more.
 */
export const keyChains: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`create unique index signing_keys_one_last on signing_keys (algorithm)
      where activated_at is not null and retired_at is null`.execute(db)
    await sql`drop index signing_keys_one_active`.execute(db)
  },
}
