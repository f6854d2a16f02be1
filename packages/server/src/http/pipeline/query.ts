import type { z } from 'zod'
import { fail } from '../../failures.ts'
import { describe } from './body.ts'

/** Reads the query of an address, which has a known shape. Fails with `query_invalid`, which quotes nothing of what was sent. */
export function readQuery<Query extends z.ZodType>(url: string, schema: Query): z.output<Query> {
  const pairs = [...new URL(url).searchParams]
  const query = Object.fromEntries(pairs)
  if (Object.keys(query).length < pairs.length)
    throw fail('query_invalid', { detail: 'it names something twice' })
  const parsed = schema.safeParse(query, { reportInput: true })
  if (!parsed.success)
    throw fail('query_invalid', { detail: parsed.error.issues.map(describe).join('; ') })
  return parsed.data
}
