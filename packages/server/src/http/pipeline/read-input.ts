import { isCountersignError } from '@countersign/token'
import { closestName, parseJsonObject } from '@countersign/token/internal'
import * as z from 'zod'
import type { Route } from './route.ts'
import { fail } from '../../failures.ts'

/** The maximum size of a body, in bytes; the largest legitimate one holds a password of 1,024 bytes and a user name. */
export const maxBodyBytes = 65_536

/**
 * Makes the function that returns the maximum size of the body of a request by its target, below the path of the issuer's URL. The sockets keep
 * no more than that; a target in an unusual spelling has the general maximum there, and its own where the body is read.
 */
export function bodyLimits(
  routes: readonly Pick<Route, 'path' | 'maxBodyBytes'>[],
  prefix: string,
): (target: string) => number {
  const limits = new Map(routes.map((one) => [prefix + one.path, one.maxBodyBytes]))
  return (target) => limits.get(target.split('?', 1)[0] ?? '') ?? maxBodyBytes
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** A request whose body is read. */
export interface Sent {
  readonly request: Request
  /** Its body, if the socket has read it. */
  readonly body?: Buffer | undefined
}

/**
 * Reads a JSON object of a known schema from a request; if the schema is optional, the body may be missing. Fails with one of the `body_…`
 * codes, none of which quotes what was sent. The JSON parser is the one of the token package, so that no text is parsed in two ways (ASVS
 * 1.5.3).
 */
export async function readBody<Body extends z.ZodType>(
  { request, body }: Sent,
  schema: Body,
  maxBytes: number = maxBodyBytes,
): Promise<z.output<Body>> {
  const type = request.headers.get('content-type') ?? ''
  const coding = request.headers.get('content-encoding') ?? 'identity'
  if (coding !== 'identity') throw fail('body_type_wrong') // a decompressed body has no maximum size
  const bytes = await readBytes({ request, body }, maxBytes)
  if (type === '' && bytes.length === 0) {
    const none = schema.safeParse(undefined)
    if (none.success) return none.data
  }
  if (!/^application\/json *(; *charset="?utf-8"? *)?$/i.test(type)) throw fail('body_type_wrong')
  const parsed = schema.safeParse(parseObject(bytes), { reportInput: true })
  if (!parsed.success)
    throw fail('body_invalid', { detail: detailOf(parsed.error, membersOf(schema)) })
  return parsed.data
}

/**
 * Reads the fields of a form, as browsers send it (HTML, section 4.10.21.8). Fails with `form_unreadable` for anything else, including a
 * repeated field, and with `body_too_large`.
 */
export async function readForm(
  { request, body }: Sent,
  maxBytes: number = maxBodyBytes,
): Promise<Readonly<Record<string, string>>> {
  const bytes = await readBytes({ request, body }, maxBytes)
  const type = request.headers.get('content-type') ?? ''
  const coding = request.headers.get('content-encoding') ?? 'identity'
  if (coding !== 'identity') throw fail('form_unreadable') // a decompressed body has no maximum size
  if (!/^application\/x-www-form-urlencoded *(;|$)/i.test(type)) throw fail('form_unreadable')
  const fields: Record<string, string> = Object.create(null) as Record<string, string>
  for (const pair of bytes.toString('latin1').split('&')) {
    const [name = '', ...value] = pair.split('=').map(decodeFormText)
    if (name in fields) throw fail('form_unreadable')
    if (pair !== '') fields[name] = value.join('=')
  }
  return fields
}

const formRule = 'the body must be application/x-www-form-urlencoded, with each parameter once'

/** Reads the parameters of an OAuth endpoint; unknown ones are ignored (RFC 6749, section 3.2). Fails with `parameter_invalid`. */
export async function readParameters<Body extends z.ZodType>(
  sent: Sent,
  schema: Body,
  maxBytes?: number,
): Promise<z.output<Body>> {
  const fields = await readForm(sent, maxBytes).catch((error: unknown) => {
    const isForm = isCountersignError(error) && error.code === 'form_unreadable'
    throw isForm ? fail('parameter_invalid', { detail: formRule }) : error
  })
  const parsed = schema.safeParse({ ...fields }, { reportInput: true })
  if (parsed.success) return parsed.data
  throw fail('parameter_invalid', { detail: detailOf(parsed.error, []) })
}

function decodeFormText(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw fail('form_unreadable')
  }
}

/** Reads the whole body and counts it while it arrives: a declared length may be wrong, and a chunked body declares none. */
async function readBytes({ request, body }: Sent, maxBytes: number): Promise<Buffer> {
  if (body && body.length > maxBytes) throw fail('body_too_large')
  if (body) return body
  if (Number(request.headers.get('content-length')) > maxBytes) throw fail('body_too_large')
  let bytes: Buffer = Buffer.alloc(0)
  let size = 0
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.length
      if (size > maxBytes) break
      if (size > bytes.length) bytes = grown(bytes, size)
      bytes.set(chunk, size - chunk.length)
    }
  } catch (cause) {
    throw fail('body_cut_off', { cause }) // the client disconnected or was too slow: not an error of this server
  }
  if (size > maxBytes) throw fail('body_too_large')
  return bytes.subarray(0, size)
}

/** Returns a buffer of twice the size. Chunks are copied as they arrive: a chunk kept as its own buffer takes many times its size. */
function grown(bytes: Buffer, size: number): Buffer {
  const larger = Buffer.alloc(Math.max(2 * bytes.length, size))
  larger.set(bytes)
  return larger
}

function parseObject(bytes: Buffer): unknown {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw fail('body_not_utf8')
  }
  const object = parseJsonObject(bytes)
  if (object) return object
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw fail('body_malformed')
  }
  throw fail(
    typeof value !== 'object' || value === null || Array.isArray(value)
      ? 'body_not_object'
      : 'body_ambiguous',
  )
}

/** Reads the query of a URL by its schema. Fails with `query_invalid`, which quotes nothing of what was sent. */
export function readQuery<Query extends z.ZodType>(url: string, schema: Query): z.output<Query> {
  const pairs = [...new URL(url).searchParams]
  const query = Object.fromEntries(pairs)
  if (Object.keys(query).length < pairs.length)
    throw fail('query_invalid', { detail: 'a parameter is repeated' })
  const parsed = schema.safeParse(query, { reportInput: true })
  if (!parsed.success)
    throw fail('query_invalid', { detail: detailOf(parsed.error, membersOf(schema)) })
  return parsed.data
}

/** Returns the members of an object's schema, optional or not. */
function membersOf(schema: z.ZodType): readonly string[] {
  const object = schema instanceof z.ZodOptional ? schema.unwrap() : schema
  return object instanceof z.ZodObject ? Object.keys(object.shape) : []
}

function detailOf({ issues }: z.ZodError, members: readonly string[]): string {
  return issues.map((issue) => describe(issue, members)).join('; ')
}

/** Describes one validation error, for bodies and queries alike. It names a member only if the member is part of the schema. */
function describe(issue: z.core.$ZodIssue, members: readonly string[]): string {
  const member = issue.path.join('.')
  switch (issue.code) {
    case 'unrecognized_keys': {
      const [unknownMember = ''] = issue.keys
      const near = member === '' ? closestName(unknownMember.slice(0, 64), members) : undefined
      if (near !== undefined) return `it has unknown members; did you mean ${near}?`
      const known = member === '' && members.length > 0 ? `; known are ${members.join(', ')}` : ''
      return `it has unknown members${known}`
    }
    case 'invalid_type':
      return issue.input === undefined
        ? `${member} is missing`
        : `${member} must be a ${issue.expected}`
    case 'too_big':
      return `${member} must ${bound(issue.origin, `at most ${issue.maximum}`)}`
    case 'too_small':
      return `${member} must ${bound(issue.origin, `at least ${issue.minimum}`)}`
    default:
      return `${member} has the wrong form`
  }
}

function bound(origin: string, limit: string): string {
  if (origin === 'string') return `have ${limit} characters`
  return origin === 'array' ? `have ${limit} entries` : `be ${limit}`
}
