import type { Seconds } from '@countersign/token/internal'
import * as z from 'zod'
import { fail } from '../../failures.ts'
import { idSchema } from '../api/schemas.ts'

/** The query parameters of a paginated list: the page size, and the cursor of the previous page. Spread it into a query's schema. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().min(1).max(256).optional(),
}

/** The parsed parameters of {@link pageQuery}. */
interface PageQuery {
  readonly limit: number
  readonly cursor?: string | undefined
}

/** The rows to read: at most `limit`, after the end of the previous page. */
interface PageRange<End> {
  readonly limit: number
  readonly after: End | undefined
}

/** A page, and the cursor of the next one; null on the last page. */
interface Page<Row> {
  readonly items: readonly Row[]
  readonly next: string | null
}

/** The end of a page in the order of a time: that time, and an id that orders rows of the same second. */
type TimedEnd<Time extends string> = Readonly<Record<Time, Seconds>> & { readonly id: string }

const timeAndId = z.tuple([z.int(), idSchema])

/** Reads a page of a list in the order of the time named `time`. Fails with `query_invalid` if the cursor is not one of such a list. */
export async function pageByTime<Time extends string, Row extends TimedEnd<Time>>(
  query: PageQuery,
  time: Time,
  read: (range: PageRange<TimedEnd<Time>>) => Promise<readonly Row[]>,
): Promise<Page<Row>> {
  return pageBy(query, timeAndId, {
    endOf: (last): [Seconds, string] => [last[time], last.id],
    read({ limit, after: [at, id] = [] }) {
      // Only the caller's types know the name of the time; the object has exactly the two members of a TimedEnd.
      const after = id === undefined ? undefined : ({ [time]: at, id } as TimedEnd<Time>)
      return read({ limit, after })
    },
  })
}

/** The functions that read a list page by page. */
interface ListReader<Row, End> {
  /** Returns the end of a page whose last row is this one. */
  endOf(last: Row, page: readonly Row[]): End
  read(range: PageRange<End>): Promise<readonly Row[]>
}

/** Reads a page of any list; `end` is the schema of its cursors. Fails with `query_invalid` if the cursor is not one of this list. */
export async function pageBy<Row, End>(
  { limit, cursor }: PageQuery,
  end: z.ZodType<End>,
  { endOf, read }: ListReader<Row, End>,
): Promise<Page<Row>> {
  const after = cursor === undefined ? undefined : readCursor(cursor, end)
  const found = await read({ limit: limit + 1, after }) // one more than the page shows, to know whether there is a next page
  const items = found.slice(0, limit)
  const last = items.at(-1)
  const more = found.length > limit && last !== undefined
  return { items, next: more ? writeCursor(endOf(last, items)) : null }
}

/** Encodes the end of a page as an opaque cursor; its contents may change. */
function writeCursor(end: unknown): string {
  return Buffer.from(JSON.stringify(end)).toString('base64url')
}

/** Decodes a cursor of {@link writeCursor}. */
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
