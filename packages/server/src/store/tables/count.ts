import type { Kysely, SelectQueryBuilder } from 'kysely'
import type { Schema } from './schema.ts'

/** How many rows a query answers; one with a limit reads no more than that. */
export async function countOf(
  db: Kysely<Schema>,
  rows: SelectQueryBuilder<Schema, keyof Schema, { id: string }>,
): Promise<number> {
  const counted = db.selectFrom(rows.as('rows')).select(({ fn }) => fn.countAll().as('count'))
  return Number((await counted.executeTakeFirstOrThrow()).count)
}
