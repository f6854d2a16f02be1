import type { Kysely, SelectQueryBuilder } from 'kysely'
import type { Schema } from './schema.ts'

/** Counts the rows of a query; with a limit it reads no more rows than that. */
export async function countRows(
  db: Kysely<Schema>,
  rows: SelectQueryBuilder<Schema, keyof Schema, { id: string }>,
): Promise<number> {
  const counted = db.selectFrom(rows.as('rows')).select(({ fn }) => fn.countAll().as('count'))
  return Number((await counted.executeTakeFirstOrThrow()).count)
}
