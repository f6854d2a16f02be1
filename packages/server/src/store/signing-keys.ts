import type { PublicAlgorithm, PublicJwk } from '@countersign/token'
import type { Kysely } from 'kysely'
import type { StoredSigningKey } from '../domain/keys/signing-key.ts'
import type { SigningKeys } from '../domain/store.ts'
import type { Schema, SigningKeyRow } from './tables.ts'

/** The signing_keys table. */
export function signingKeysTable(db: Kysely<Schema>): SigningKeys {
  return {
    async findActive() {
      const query = db.selectFrom('signing_keys').selectAll()
      const active = query.where('activated_at', 'is not', null).where('retired_at', 'is', null)
      const row = await active.executeTakeFirst()
      return row && toSigningKey(row)
    },

    async list() {
      const query = db.selectFrom('signing_keys').selectAll().where('retired_at', 'is', null)
      return (await query.orderBy('created_at', 'desc').execute()).map(toSigningKey)
    },

    async add({ id, algorithm, publicJwk, sealed, createdAt, activatedAt, retiredAt }) {
      const row: SigningKeyRow = {
        id,
        algorithm,
        public_jwk: JSON.stringify(publicJwk),
        sealed,
        created_at: createdAt,
        activated_at: activatedAt,
        retired_at: retiredAt,
      }
      await db.insertInto('signing_keys').values(row).execute()
    },
  }
}

function toSigningKey(row: SigningKeyRow): StoredSigningKey {
  return {
    id: row.id,
    algorithm: row.algorithm as PublicAlgorithm, // only `add` writes the column
    publicJwk: JSON.parse(row.public_jwk) as PublicJwk, // checked again by importPublicKey
    sealed: row.sealed,
    createdAt: row.created_at,
    activatedAt: row.activated_at,
    retiredAt: row.retired_at,
  }
}
