import { parseJsonObject } from '@countersign/token/internal'
import type { z } from 'zod'
import { fail } from '../../failures.ts'

/** The most that a body may hold, in bytes; the largest honest one is a password of 1,024 and a user name. */
export const maxBodyBytes = 65_536

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads a JSON object of a known shape from a request; a shape that is optional may be missing. Fails with one of the `body_…` codes, each precise and none of them
 * quoting what was sent. The JSON parser is the token engine's own, so that nothing is read two ways (ASVS 1.5.3).
 */
export async function readBody<Body extends z.ZodType>(
  request: Request,
  schema: Body,
): Promise<z.output<Body>> {
  const type = request.headers.get('content-type') ?? ''
  const coding = request.headers.get('content-encoding') ?? 'identity'
  if (coding !== 'identity') throw fail('body_type_wrong') // what is unpacked has no bound
  const bytes = await readBytes(request)
  if (type === '' && bytes.length === 0) {
    const none = schema.safeParse(undefined)
    if (none.success) return none.data
  }
  if (!/^application\/json *(; *charset="?utf-8"? *)?$/i.test(type)) throw fail('body_type_wrong')
  const parsed = schema.safeParse(parseObject(bytes), { reportInput: true })
  if (!parsed.success)
    throw fail('body_invalid', { detail: parsed.error.issues.map(describe).join('; ') })
  return parsed.data
}

/**
 * Reads the fields of a form, as browsers send it (HTML, section 4.10.21.8). Fails with `form_unreadable` for anything else, also when a
 * field is there twice, and with `body_too_large`.
 */
export async function readForm(request: Request): Promise<Readonly<Record<string, string>>> {
  const bytes = await readBytes(request)
  const type = request.headers.get('content-type') ?? ''
  const coding = request.headers.get('content-encoding') ?? 'identity'
  if (coding !== 'identity') throw fail('form_unreadable') // what is unpacked has no bound
  if (!/^application\/x-www-form-urlencoded *(;|$)/i.test(type)) throw fail('form_unreadable')
  const fields: Record<string, string> = Object.create(null) as Record<string, string>
  for (const pair of bytes.toString('latin1').split('&')) {
    const [name = '', ...value] = pair.split('=').map(decodeFormText)
    if (name in fields) throw fail('form_unreadable')
    if (pair !== '') fields[name] = value.join('=')
  }
  return fields
}

function decodeFormText(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw fail('form_unreadable')
  }
}

/** The whole body, counted while it arrives: what a sender declares is no promise, and a chunked body declares nothing. */
async function readBytes(request: Request): Promise<Buffer> {
  if (Number(request.headers.get('content-length')) > maxBodyBytes) throw fail('body_too_large')
  let bytes: Buffer = Buffer.alloc(0)
  let size = 0
  try {
    for await (const piece of request.body ?? []) {
      size += piece.length
      if (size > maxBodyBytes) break
      if (size > bytes.length) bytes = grown(bytes, size)
      bytes.set(piece, size - piece.length)
    }
  } catch (cause) {
    throw fail('body_cut_off', { cause }) // the sender went away, or took too long: no error of ours
  }
  if (size > maxBodyBytes) throw fail('body_too_large')
  return bytes.subarray(0, size)
}

/** Room for twice as much: pieces are copied together at once, for each kept by itself takes many times what is in it. */
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

/** One fault in words, for bodies and queries alike. A member's name is quoted only when it is one of the shape's own. */
export function describe(issue: z.core.$ZodIssue): string {
  const member = issue.path.join('.')
  switch (issue.code) {
    case 'unrecognized_keys':
      return 'it has members that are not known here'
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
