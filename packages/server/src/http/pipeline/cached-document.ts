import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const compress = promisify(gzip)

/** Smaller documents are not compressed: the headers would cost more than it saves. */
const minBytes = 1024

/** The number of documents in the cache, the most recently requested ones; it bounds the memory that callers can fill. */
const maxCachedDocuments = 64

/** The current text of a document with its ETag, and its compressed form: documents change rarely and are requested often. */
interface CachedDocument {
  readonly text: string
  readonly tag: string
  gzipped?: Promise<Uint8Array>
}

/** Public documents, cached with their ETags and compressed forms. */
export interface CachedDocuments {
  /** Responds with the text of this name. A name is the server's own, never what a caller wrote. */
  respond(
    name: string,
    text: string,
    request: Request,
    headers: Readonly<Record<string, string>>,
  ): Promise<Response>
  /** The number of documents in the cache. */
  readonly size: number
}

/**
 * Makes the cache of public documents: an ETag, 304 for a client that has the text already, and gzip where it saves bytes. Only for text that is
 * the same for every caller: if a secret is compressed together with text that an attacker chose, the length leaks it (BREACH).
 */
export function createCachedDocuments(): CachedDocuments {
  const cache = new Map<string, CachedDocument>()
  function cached(name: string, text: string): CachedDocument {
    const known = cache.get(name)
    const document = known?.text === text ? known : newDocument(text)
    cache.delete(name) // moves it to the end: a map keeps the order of insertion
    cache.set(name, document)
    const [oldest] = cache.keys()
    if (cache.size > maxCachedDocuments && oldest !== undefined) cache.delete(oldest)
    return document
  }
  async function respond(
    ...[name, text, request, headers]: Parameters<CachedDocuments['respond']>
  ) {
    const document = cached(name, text)
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
    respond,
    get size() {
      return cache.size
    },
  }
}

function newDocument(text: string): CachedDocument {
  return { text, tag: createHash('sha256').update(text).digest('base64url').slice(0, 22) }
}

/** Returns whether a client has this text, compressed or not: `If-None-Match` compares weakly (RFC 9110, section 13.1.2). */
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
