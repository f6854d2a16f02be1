import type { Kysely } from 'kysely'
import type { EncryptedSecrets } from '../../domain/kernel/encrypted-secrets.ts'
import type { Schema } from './schema.ts'

/** The sealed_secrets table. */
export function encryptedSecretsTable(db: Kysely<Schema>): EncryptedSecrets {
  return {
    async find(name) {
      const query = db.selectFrom('sealed_secrets').select('sealed').where('name', '=', name)
      return (await query.executeTakeFirst())?.sealed
    },

    async add(name, sealed, now) {
      const insert = db.insertInto('sealed_secrets').values({ name, sealed, created_at: now })
      const added = await insert
        .onConflict((conflict) => conflict.doNothing())
        .returning('name')
        .executeTakeFirst()
      return added !== undefined
    },

    async listEncrypted() {
      return db.selectFrom('sealed_secrets').select(['name as context', 'sealed']).execute()
    },

    async replaceEncrypted({ context, sealed }, next) {
      const update = db.updateTable('sealed_secrets').set({ sealed: next })
      const same = update.where('name', '=', context).where('sealed', '=', sealed)
      return (await same.executeTakeFirst()).numUpdatedRows === 1n
    },
  }
}
