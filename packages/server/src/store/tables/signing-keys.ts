import type { PublicJwk } from '@countersign/token'
import type { PublicAlgorithm } from '@countersign/token/internal'
import type { Kysely } from 'kysely'
import type { BoundKey } from '../../domain/keys/key-mac.ts'
import type { SigningKeys } from '../../domain/keys/signing-keys.ts'
import type { Schema, SigningKeyRow } from './schema.ts'

/** The signing_keys table. `onWrite` is called when keys or their times were written. */
export function signingKeysTable(db: Kysely<Schema>, onWrite: () => void = () => {}): SigningKeys {
  return {
    async list() {
      const query = db.selectFrom('signing_keys').selectAll()
      return (await query.orderBy('activated_at').orderBy('id').execute()).map(toBoundKey)
    },

    async add(key) {
      await db.insertInto('signing_keys').values(toRow(key)).execute()
      onWrite()
    },

    async updateTimes(bound) {
      const { activated_at, retired_at, revoked_at, mac } = toRow(bound)
      const change = { activated_at, retired_at, revoked_at, mac }
      await db.updateTable('signing_keys').set(change).where('id', '=', bound.key.id).execute()
      onWrite()
    },

    async delete(id) {
      await db.deleteFrom('signing_keys').where('id', '=', id).execute()
      onWrite()
    },

    async listEncrypted() {
      const query = db.selectFrom('signing_keys').select(['id as context', 'encrypted'])
      return query.where('encrypted', '!=', '').execute()
    },

    async replaceEncrypted({ context, encrypted }, next) {
      const update = db.updateTable('signing_keys').set({ encrypted: next })
      const same = update.where('id', '=', context).where('encrypted', '=', encrypted)
      return (await same.executeTakeFirst()).numUpdatedRows === 1n
    },
  }
}

function toRow({ key, mac }: BoundKey): SigningKeyRow {
  return {
    id: key.id,
    algorithm: key.algorithm,
    public_jwk: JSON.stringify(key.publicJwk),
    encrypted: key.encrypted,
    created_at: key.createdAt,
    activated_at: key.activatedAt,
    retired_at: key.retiredAt,
    revoked_at: key.revokedAt,
    mac,
  }
}

function toBoundKey(row: SigningKeyRow): BoundKey {
  const key = {
    id: row.id,
    algorithm: row.algorithm as PublicAlgorithm, // covered by the MAC
    publicJwk: JSON.parse(row.public_jwk) as PublicJwk, // checked again by importPublicKey
    encrypted: row.encrypted,
    createdAt: row.created_at,
    activatedAt: row.activated_at,
    retiredAt: row.retired_at,
    revokedAt: row.revoked_at,
  }
  return { key, mac: row.mac }
}
