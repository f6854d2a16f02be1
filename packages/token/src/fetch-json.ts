import { fail } from './failures.ts'
import { parseJsonObject, type JsonObject } from './json.ts'
import type { Seconds } from './clock.ts'

/** What an address answered. */
export interface FetchedJson {
  readonly json: JsonObject | 'unchanged'
  readonly etag: string | undefined
  /** For how long it may be kept, within a minute and a day; `undefined` when the answer does not say. */
  readonly maxAge: Seconds | undefined
}

/** Asks for the document, telling the version that is known. Fails with what `refused` makes, and with the platform's errors. */
export type FetchJson = (etag?: string) => Promise<FetchedJson>

/** How one document is asked for. */
export interface FetchJsonOptions {
  /** What it is, for sentences: "the key set". */
  readonly what: string
  /** Makes the failure of an answer that cannot be used, of a few words of ours. */
  readonly refused: (detail: string) => Error
  /** Default: the platform's `fetch`. */
  readonly fetch?: typeof fetch | undefined
  /** How long a request may take, in seconds; default 5. */
  readonly timeout?: Seconds | undefined
}

const maxBytes = 512 * 1024 // several hundred keys; an issuer has a handful
const maxMembers = 8192 // in the whole document, certificates among them
const [leastAge, mostAge] = [60, 86_400] // seconds; no cache directive makes us ask more often, or believe for longer

/**
 * Prepares requests for one JSON object at an issuer's address: https, or http on this very machine. Redirects are not followed, no
 * credentials are sent, an answer is limited in time and size. Fails with `policy_invalid` for an address that is not safe to ask.
 *
 * The address is the program's own setting or an issuer's metadata. Never take it from a token (RFC 8725, section 3.10).
 */
export function createFetchJson(
  address: string | URL,
  { what, refused, fetch: request = fetch, timeout = 5 }: FetchJsonOptions,
): FetchJson {
  const url = safeUrl(address, what)
  if (!(timeout > 0 && timeout <= 60)) throw invalid('timeout must be a number up to 60')

  return async (etag) => {
    const signal = AbortSignal.timeout(timeout * 1000)
    const headers: Record<string, string> = {
      accept: 'application/jwk-set+json, application/json',
    }
    if (etag !== undefined) headers['if-none-match'] = etag
    const response = await request(url, { redirect: 'error', credentials: 'omit', headers, signal })
    const kept = { etag: response.headers.get('etag') ?? undefined, maxAge: maxAgeOf(response) }
    if (response.status === 304 && etag !== undefined) {
      await response.body?.cancel()
      return { ...kept, json: 'unchanged' }
    }
    if (response.status !== 200) {
      await response.body?.cancel()
      throw refused(`the answer has status ${response.status}`)
    }
    if (!isJson(response.headers.get('content-type'))) {
      await response.body?.cancel()
      throw refused('the answer is not JSON by its content type')
    }
    const bytes = await read(response)
    if (!bytes) throw refused(`the answer is larger than ${maxBytes} bytes`)
    const json = parseJsonObject(bytes, maxMembers)
    if (!json) throw refused('the answer is not one strict JSON object')
    return { ...kept, json }
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

/** The body, or nothing when it is over the limit; `content-length` may lie, so what arrives is counted. */
async function read(response: Response): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) return undefined // leaving the loop cancels the rest
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function isJson(contentType: string | null): boolean {
  const [type = ''] = (contentType ?? '').split(';')
  return /^application\/(jwk-set\+)?json$/i.test(type.trim())
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
