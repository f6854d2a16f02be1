import { z } from 'zod'
import { fail } from '../failures.ts'

/** What asks for a page of a long list: how many, and where the page before ended. Spread it into the shape of a query. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().min(1).max(256).optional(),
}

/** Where a page ended, as a caller is given it; what is inside is nobody's business and may change. */
export function writeCursor(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

/** Reads what {@link writeCursor} wrote. Fails with `query_invalid` for anything else. */
export function readCursor<Place>(
  cursor: string | undefined,
  shape: z.ZodType<Place>,
): Place | undefined {
  if (cursor === undefined) return undefined
  const read = shape.safeParse(parse(Buffer.from(cursor, 'base64url').toString()))
  if (!read.success) throw fail('query_invalid', { detail: 'cursor is not one of this list' })
  return read.data
}

/** A page of a list that was asked for one more than is shown: whether there is a next page is known without another look. */
export function pageOf<Item>(
  found: readonly Item[],
  limit: number,
  place: (last: Item) => unknown,
): { readonly items: readonly Item[]; readonly next: string | null } {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  const more = found.length > limit && last !== undefined
  return { items, next: more ? writeCursor(place(last)) : null }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
