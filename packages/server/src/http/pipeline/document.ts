import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const compress = promisify(gzip)

/** Below it the headers weigh more than what is saved. */
const minBytes = 1024

/** Documents that are kept ready, the ones asked for last: beyond it they are made anew, so no caller fills the memory. */
const maxKept = 64

/** The last text of a route, ready to be sent: documents change seldom and are asked for often. */
interface Kept {
  readonly text: string
  readonly tag: string
  gzipped?: Promise<Uint8Array>
}

/** Public documents, ready to be sent. */
export interface Documents {
  /** Sends the text of this name. A name is the server's own, never what a caller wrote. */
  answer(
    name: string,
    text: string,
    request: Request,
    headers: Readonly<Record<string, string>>,
  ): Promise<Response>
  /** How many are kept. */
  readonly kept: number
}

/**
 * Answers with public documents: an ETag, 304 to whoever has it already, and gzip where it pays. Only for what is the same for everybody:
 * where something secret is compressed beside what a stranger chose, its length tells (BREACH).
 */
export function createDocuments(): Documents {
  const kept = new Map<string, Kept>()
  function keep(name: string, text: string): Kept {
    const known = kept.get(name)
    const document = known?.text === text ? known : newDocument(text)
    kept.delete(name) // the order of a map is that of its last use
    kept.set(name, document)
    const [oldest] = kept.keys()
    if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest)
    return document
  }
  async function answer(...[name, text, request, headers]: Parameters<Documents['answer']>) {
    const document = keep(name, text)
    const zipped = text.length >= minBytes && takesGzip(request.headers.get('accept-encoding'))
    const etag = zipped ? `"${document.tag}-gzip"` : `"${document.tag}"`
    const all = {
      ...headers,
      etag,
      ...(text.length >= minBytes ? { vary: 'Accept-Encoding' } : {}),
    }
    if (isKnown(request.headers.get('if-none-match'), document.tag))
      return new Response(null, { status: 304, headers: all })
    if (!zipped) return new Response(text, { headers: all })
    const bytes = await (document.gzipped ??= compress(text))
    return new Response(new Uint8Array(bytes), { headers: { ...all, 'content-encoding': 'gzip' } })
  }
  return {
    answer,
    get kept() {
      return kept.size
    },
  }
}

function newDocument(text: string): Kept {
  return { text, tag: createHash('sha256').update(text).digest('base64url').slice(0, 22) }
}

/** Whether a client has this text, packed or not: `If-None-Match` compares weakly (RFC 9110, section 13.1.2). */
function isKnown(header: string | null, tag: string): boolean {
  if (header === null) return false
  const named = header.split(',').map((one) => one.trim().replace(/^W\//, ''))
  return named.some((one) => one === '*' || one === `"${tag}"` || one === `"${tag}-gzip"`)
}

function takesGzip(header: string | null): boolean {
  return (header ?? '')
    .split(',')
    .some((one) => /^\s*gzip\s*(;\s*q=(1|0\.\d*[1-9]\d*).*)?$/i.test(one))
}
