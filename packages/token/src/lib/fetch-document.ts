import { fail } from '../failures.ts'
import type { Seconds } from './clock.ts'
import { parseJsonObject, type JsonObject } from './json.ts'
import { isLoopback } from './loopback.ts'

/** The answer to a request for a document. */
export interface FetchedDocument {
  readonly bytes: Buffer | 'unchanged'
  readonly etag: string | undefined
  /** The time for which it may be cached, between a minute and a day; `undefined` if the answer does not say. */
  readonly maxAge: Seconds | undefined
}

/** Requests the document, conditionally when an `etag` is given. Rejects with what `refused` makes, and with the platform's errors. */
export type FetchDocument = (etag?: string) => Promise<FetchedDocument>

/** The options of a request that users may set. */
export interface RequestOptions {
  /** Default: the platform's `fetch`. */
  readonly fetch?: typeof fetch | undefined
  /** The maximum duration of a request, in seconds; default 5. */
  readonly timeout?: Seconds | undefined
  /**
   * The one origin that may be asked over plain http, such as `http://keycloak:8080` inside a cluster. An attacker on that network can forge
   * every token. Default: none; https, or http on loopback.
   */
  readonly allowInsecureHttp?: string | undefined
}

/** The options of a request for one document. */
export interface FetchDocumentOptions extends RequestOptions {
  /** The document's name in messages, such as "the key set". */
  readonly what: string
  /** The media types that it may have, in lower case, the preferred one first. */
  readonly types: readonly string[]
  /** The size limit of an answer, in bytes. */
  readonly maxBytes: number
  /** Makes the failure of an answer that cannot be used, from a few words of our own. */
  readonly refused: (detail: string) => Error
}

const [minAgeSeconds, maxAgeSeconds] = [60, 86_400] // no cache directive causes more requests, or keeps an answer for longer

/**
 * Prepares requests for one document at an issuer's URL: https, or http on loopback. Follows no redirects, sends no
 * credentials, and limits time and size of an answer. Fails with `policy_invalid` for an unsafe URL.
 *
 * The URL must come from the program's configuration or from a verified token of a trusted issuer, never from an unverified token
 * (RFC 8725, section 3.10).
 */
export function createFetchDocument(
  address: string | URL,
  options: FetchDocumentOptions,
): FetchDocument {
  const { what, types, maxBytes, refused, fetch: request = fetch, timeout = 5 } = options
  const url = parseSafeUrl(address, what, options.allowInsecureHttp)
  if (!(timeout > 0 && timeout <= 60)) throw invalid('timeout must be a number up to 60')

  return async (etag) => {
    const signal = AbortSignal.timeout(timeout * 1000)
    const headers: Record<string, string> = { accept: types.join(', ') }
    if (etag !== undefined) headers['if-none-match'] = etag
    const response = await request(url, { redirect: 'error', credentials: 'omit', headers, signal })
    const caching = { etag: response.headers.get('etag') ?? undefined, maxAge: maxAgeOf(response) }
    if (response.status === 304 && etag !== undefined) {
      await response.body?.cancel()
      return { ...caching, bytes: 'unchanged' }
    }
    const problem = responseProblem(response, types)
    if (problem !== undefined) {
      await response.body?.cancel()
      throw refused(problem)
    }
    const bytes = await readBody(response, maxBytes)
    if (!bytes) throw refused(`the answer is larger than ${maxBytes} bytes`)
    return { ...caching, bytes }
  }
}

/** An answer to a form, with any status. */
export interface FormAnswer {
  readonly status: number
  readonly json: JsonObject | undefined
  /** The number of seconds that the sender asks to wait, if it does. */
  readonly retryAfter: Seconds | undefined
}

const maxFormAnswerBytes = 64 * 1024

/**
 * Prepares requests that post a form with a secret in it to an endpoint of an issuer: https, or http on loopback; without redirects, which
 * would carry the secret elsewhere. Limits time and size of an answer; one that is not a JSON object has no `json`. Fails with
 * `policy_invalid` for an unsafe URL; its requests fail with the platform's errors.
 */
export function createPostForm(
  address: string,
  { fetch: request = fetch, timeout = 5 }: Pick<RequestOptions, 'fetch' | 'timeout'>,
): (form: Readonly<Record<string, string>>) => Promise<FormAnswer> {
  const url = parseSafeUrl(address, 'the token endpoint', undefined)
  return async (form) => {
    const response = await request(url, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { accept: 'application/json' },
      redirect: 'error',
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(timeout * 1000),
    })
    const bytes = await readBody(response, maxFormAnswerBytes)
    const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
    return {
      status: response.status,
      json: bytes && parseJsonObject(bytes),
      retryAfter: retryAfter >= 0 ? retryAfter : undefined,
    }
  }
}

/** Parses a URL and requires https, or http on loopback or at the allowed origin, and no user or password in it. */
function parseSafeUrl(address: string | URL, what: string, allowed: string | undefined): URL {
  if (allowed !== undefined && !isHttpOrigin(allowed))
    throw invalid('allowInsecureHttp must be one origin, such as http://keycloak:8080')
  if (!URL.canParse(String(address))) throw invalid(`${what} needs an absolute URL`)
  const url = new URL(address)
  const isSafeHttp = isLoopback(url.hostname) || url.origin === allowed
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isSafeHttp))
    throw invalid(
      `the URL of ${what} must be https, or http on loopback; ${exceptionAdvice(allowed)}`,
    )
  if (url.username !== '' || url.password !== '')
    throw invalid(`the URL of ${what} must not contain a user or a password`)
  return url
}

function exceptionAdvice(allowed: string | undefined): string {
  return allowed === undefined
    ? 'inside a cluster, allowInsecureHttp can name one address'
    : `allowInsecureHttp names another address, ${allowed}: the two differ; give both one host and port`
}

function isHttpOrigin(text: unknown): boolean {
  return (
    typeof text === 'string' &&
    text.startsWith('http:') &&
    URL.canParse(text) &&
    new URL(text).origin === text
  )
}

function responseProblem(response: Response, types: readonly string[]): string | undefined {
  const { status, headers } = response
  if (status !== 200) return `the answer has status ${status}`
  const [type = ''] = (headers.get('content-type') ?? '').split(';')
  if (types.includes(type.trim().toLowerCase())) return undefined
  return `the answer's content type is not ${types.at(-1)}`
}

/** Reads the body, or returns `undefined` beyond the limit; `content-length` may be wrong, so received bytes are counted. */
async function readBody(response: Response, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) return undefined // leaving the loop cancels the rest
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** RFC 9111, section 5.2.2: `max-age`, unless the answer must not be cached. */
function maxAgeOf(response: Response): Seconds | undefined {
  const directives = response.headers.get('cache-control') ?? ''
  if (/\bno-(store|cache)\b/i.test(directives)) return minAgeSeconds
  const [, seconds] = /(?:^|[\s,])max-age="?(\d{1,10})/i.exec(directives) ?? []
  if (seconds === undefined) return undefined
  return Math.min(maxAgeSeconds, Math.max(minAgeSeconds, Number(seconds)))
}

/** A JSON object that a URL answered with. */
export interface FetchedJson extends Pick<FetchedDocument, 'etag' | 'maxAge'> {
  readonly json: JsonObject | 'unchanged'
}

const jsonTypes = ['application/jwk-set+json', 'application/json']
const maxJsonBytes = 512 * 1024 // several hundred keys; an issuer has a handful
const maxJsonMembers = 8192 // in the whole document, certificates among them

/** Prepares requests for one JSON object, under the rules of {@link createFetchDocument}. */
export function createFetchJson(
  address: string | URL,
  options: Omit<FetchDocumentOptions, 'types' | 'maxBytes'>,
): (etag?: string) => Promise<FetchedJson> {
  const request = createFetchDocument(address, {
    ...options,
    types: jsonTypes,
    maxBytes: maxJsonBytes,
  })
  return async (etag) => {
    const { bytes, ...caching } = await request(etag)
    if (bytes === 'unchanged') return { ...caching, json: 'unchanged' }
    const json = parseJsonObject(bytes, maxJsonMembers)
    if (!json) throw options.refused('the answer is not one strict JSON object')
    return { ...caching, json }
  }
}

/**
 * Describes why a request failed, for the operator. `fetch` hides the reason in the cause of its error; for a host with several addresses
 * there is only a code. OpenSSL has no words for the most common mistake of all, so it gets some here.
 */
export function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the request failed'
  const { message, cause } = error
  if (!(cause instanceof Error)) return message
  if ('code' in cause && cause.code === 'ERR_SSL_WRONG_VERSION_NUMBER')
    return `${message}: the server speaks http, and its URL says https`
  return `${message}: ${cause.message || ('code' in cause ? String(cause.code) : cause.name)}`
}

function invalid(detail: string) {
  return fail('policy_invalid', { detail })
}
