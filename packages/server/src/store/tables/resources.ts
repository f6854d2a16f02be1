import type { PublicAlgorithm } from '@countersign/token/internal'
import type { Kysely } from 'kysely'
import type { Resource } from '../../domain/clients/resource.ts'
import type { Resources } from '../../domain/clients/resources.ts'
import { joinWords, splitWords } from './words.ts'
import type { ResourceRow } from './client-rows.ts'
import type { Schema } from './schema.ts'

/** The resources table. */
export function resourcesTable(db: Kysely<Schema>): Resources {
  const all = () => db.selectFrom('resources').selectAll()
  return {
    async find(id) {
      const row = await all().where('id', '=', id).executeTakeFirst()
      return row && toResource(row)
    },

    async findByAudience(audience) {
      const row = await all().where('audience', '=', audience).executeTakeFirst()
      return row && toResource(row)
    },

    async list() {
      const rows = await all().orderBy('created_at').orderBy('id').execute()
      return rows.map(toResource)
    },

    async put({ id, audience, scopes, lifetime, algorithm, isOpen, createdAt }) {
      const change = { scopes: joinWords(scopes), lifetime, algorithm, is_open: isOpen ? 1 : 0 }
      await db
        .insertInto('resources')
        .values({ id, audience, ...change, created_at: createdAt })
        .onConflict((conflict) => conflict.column('audience').doUpdateSet(change))
        .execute()
    },

    async delete(id) {
      await db.deleteFrom('resources').where('id', '=', id).execute()
    },
  }
}

function toResource(row: ResourceRow): Resource {
  return {
    id: row.id,
    audience: row.audience,
    scopes: splitWords(row.scopes),
    lifetime: row.lifetime,
    algorithm: row.algorithm as PublicAlgorithm | null, // `putResource` has checked it
    isOpen: row.is_open === 1,
    createdAt: row.created_at,
  }
}
