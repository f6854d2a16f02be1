import type { Seconds } from '@countersign/token/internal'
import { z } from 'zod'
import { fail } from '../../failures.ts'
import { anyId } from '../api/schemas.ts'

/** What asks for a page of a long list: how many, and where the page before ended. Spread it into the shape of a query. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().min(1).max(256).optional(),
}

/** What was asked for, once it was read. */
interface Asked {
  readonly limit: number
  readonly cursor?: string | undefined
}

/** Which rows are looked for: so many, after the end of the page before. */
interface Part<End> {
  readonly limit: number
  readonly after: End | undefined
}

/** A page, and the cursor that asks for the next one; null when there is none. */
interface Page<Row> {
  readonly items: readonly Row[]
  readonly next: string | null
}

/** Where a page of a list in the order of a time ends: at that time, and an id, which tells those of one second apart. */
type TimedEnd<Time extends string> = Readonly<Record<Time, Seconds>> & { readonly id: string }

const timeAndId = z.tuple([z.int(), anyId])

/** A page of a list in the order of the time called `time`. Fails with `query_invalid` when the cursor is not one of such a list. */
export async function pageByTime<Time extends string, Row extends TimedEnd<Time>>(
  asked: Asked,
  time: Time,
  look: (part: Part<TimedEnd<Time>>) => Promise<readonly Row[]>,
): Promise<Page<Row>> {
  return pageBy(asked, timeAndId, {
    endOf: (last): [Seconds, string] => [last[time], last.id],
    look({ limit, after: [at, id] = [] }) {
      // The name of the time is known to the caller's types only, so that this object is shown to be one by its two members.
      const after = id === undefined ? undefined : ({ [time]: at, id } as TimedEnd<Time>)
      return look({ limit, after })
    },
  })
}

/** How a list is read. */
interface Reading<Row, End> {
  /** Where a page ends, when this row is its last one. */
  endOf(last: Row): End
  look(part: Part<End>): Promise<readonly Row[]>
}

/** A page of any list; `end` is the shape of where its pages end. Fails with `query_invalid` when the cursor is not one of this list. */
export async function pageBy<Row, End>(
  { limit, cursor }: Asked,
  end: z.ZodType<End>,
  { endOf, look }: Reading<Row, End>,
): Promise<Page<Row>> {
  const after = cursor === undefined ? undefined : readCursor(cursor, end)
  const found = await look({ limit: limit + 1, after }) // one more than is shown: so it is known whether there is a next page
  const items = found.slice(0, limit)
  const last = items.at(-1)
  const more = found.length > limit && last !== undefined
  return { items, next: more ? writeCursor(endOf(last)) : null }
}

/** Where a page ended, as a caller is given it; what is inside is nobody's business and may change. */
function writeCursor(end: unknown): string {
  return Buffer.from(JSON.stringify(end)).toString('base64url')
}

/** Reads what {@link writeCursor} wrote. */
function readCursor<End>(cursor: string, end: z.ZodType<End>): End {
  const read = end.safeParse(parse(Buffer.from(cursor, 'base64url').toString()))
  if (!read.success) throw fail('query_invalid', { detail: 'cursor is not one of this list' })
  return read.data
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
