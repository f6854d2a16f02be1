import { fail } from './failures.ts'
import type { Seconds } from './clock.ts'

/** What an address answered. */
export interface FetchedDocument {
  readonly bytes: Buffer | 'unchanged'
  readonly etag: string | undefined
  /** For how long it may be kept, within a minute and a day; `undefined` when the answer does not say. */
  readonly maxAge: Seconds | undefined
}

/** Asks for the document, telling the version that is known. Fails with what `refused` makes, and with the platform's errors. */
export type FetchDocument = (etag?: string) => Promise<FetchedDocument>

/** What may be chosen of how a document is asked for. */
export interface RequestOptions {
  /** Default: the platform's `fetch`. */
  readonly fetch?: typeof fetch | undefined
  /** How long a request may take, in seconds; default 5. */
  readonly timeout?: Seconds | undefined
}

/** How one document is asked for. */
export interface FetchDocumentOptions extends RequestOptions {
  /** What it is, for sentences: "the key set". */
  readonly what: string
  /** The media types that it may have, in lower case and the preferred one first. */
  readonly types: readonly string[]
  /** Bytes of the largest answer that is read. */
  readonly maxBytes: number
  /** Makes the failure of an answer that cannot be used, of a few words of ours. */
  readonly refused: (detail: string) => Error
}

const [leastAge, mostAge] = [60, 86_400] // seconds; no cache directive makes us ask more often, or believe for longer

/**
 * Prepares requests for one document at an issuer's address: https, or http on this very machine. Redirects are not followed, no
 * credentials are sent, an answer is limited in time and size. Fails with `policy_invalid` for an address that is not safe to ask.
 *
 * The address is the program's own setting, or an issuer vouches for it. Never take it from a token (RFC 8725, section 3.10) that
 * is not verified.
 */
export function createFetchDocument(
  address: string | URL,
  { what, types, maxBytes, refused, fetch: request = fetch, timeout = 5 }: FetchDocumentOptions,
): FetchDocument {
  const url = safeUrl(address, what)
  if (!(timeout > 0 && timeout <= 60)) throw invalid('timeout must be a number up to 60')

  return async (etag) => {
    const signal = AbortSignal.timeout(timeout * 1000)
    const headers: Record<string, string> = { accept: types.join(', ') }
    if (etag !== undefined) headers['if-none-match'] = etag
    const response = await request(url, { redirect: 'error', credentials: 'omit', headers, signal })
    const kept = { etag: response.headers.get('etag') ?? undefined, maxAge: maxAgeOf(response) }
    if (response.status === 304 && etag !== undefined) {
      await response.body?.cancel()
      return { ...kept, bytes: 'unchanged' }
    }
    const problem = problemOf(response, types)
    if (problem !== undefined) {
      await response.body?.cancel()
      throw refused(problem)
    }
    const bytes = await read(response, maxBytes)
    if (!bytes) throw refused(`the answer is larger than ${maxBytes} bytes`)
    return { ...kept, bytes }
  }
}

/** The address, checked: https, or http to this very machine; no user or password in it. */
function safeUrl(address: string | URL, what: string): URL {
  if (!URL.canParse(String(address))) throw invalid(`${what} needs an absolute address`)
  const url = new URL(address)
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback))
    throw invalid(`the address of ${what} must be https, or http on loopback`)
  if (url.username !== '' || url.password !== '')
    throw invalid(`the address of ${what} must not hold a user or a password`)
  return url
}

function problemOf({ status, headers }: Response, types: readonly string[]): string | undefined {
  if (status !== 200) return `the answer has status ${status}`
  const [type = ''] = (headers.get('content-type') ?? '').split(';')
  if (types.includes(type.trim().toLowerCase())) return undefined
  return `the answer is not ${types.at(-1)} by its content type`
}

/** The body, or nothing when it is over the limit; `content-length` may lie, so what arrives is counted. */
async function read(response: Response, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) return undefined // leaving the loop cancels the rest
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** RFC 9111, section 5.2.2: `max-age`, unless the answer must not be kept. */
function maxAgeOf(response: Response): Seconds | undefined {
  const directives = response.headers.get('cache-control') ?? ''
  if (/\bno-(store|cache)\b/i.test(directives)) return leastAge
  const [, seconds] = /(?:^|[\s,])max-age="?(\d{1,10})/i.exec(directives) ?? []
  return seconds === undefined ? undefined : Math.min(mostAge, Math.max(leastAge, Number(seconds)))
}

function invalid(detail: string) {
  return fail('policy_invalid', { detail })
}
