import type { Kysely } from 'kysely'
import type { EncryptedSecrets } from '../../domain/kernel/encrypted-secrets.ts'
import type { Schema } from './schema.ts'

/** The encrypted_secrets table. */
export function encryptedSecretsTable(db: Kysely<Schema>): EncryptedSecrets {
  return {
    async find(name) {
      const query = db.selectFrom('encrypted_secrets').select('encrypted').where('name', '=', name)
      return (await query.executeTakeFirst())?.encrypted
    },

    async add(name, encrypted, now) {
      const insert = db.insertInto('encrypted_secrets').values({ name, encrypted, created_at: now })
      const added = await insert
        .onConflict((conflict) => conflict.doNothing())
        .returning('name')
        .executeTakeFirst()
      return added !== undefined
    },

    async listEncrypted() {
      const columns = ['name as context', 'encrypted'] as const
      return db.selectFrom('encrypted_secrets').select(columns).execute()
    },

    async replaceEncrypted({ context, encrypted }, next) {
      const update = db.updateTable('encrypted_secrets').set({ encrypted: next })
      const same = update.where('name', '=', context).where('encrypted', '=', encrypted)
      return (await same.executeTakeFirst()).numUpdatedRows === 1n
    },
  }
}
