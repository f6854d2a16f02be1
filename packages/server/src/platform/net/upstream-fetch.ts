import { isLoopback } from '@countersign/token/internal'
import { lookup } from 'node:dns/promises'
import {
  beforeDeadline,
  problemOf,
  readLimited,
  ResponseRefused,
  sendPinned,
} from './pinned-request.ts'
import { AddressRefused, createPublicResolver, type ResolveHost } from './public-address.ts'

const maxBytes = 262_144 // discovery documents and key sets of the largest providers have 20 kB
const maxMilliseconds = 5_000 // for each request, from resolving the name to the last byte

/** An identity provider that could not be asked, with the problem in a word. */
export class UpstreamUnavailable extends Error {}

/** The parts that a test may replace. */
export interface UpstreamFetchOptions {
  /** Resolves the host of the issuer; default: any address. */
  readonly resolve?: ResolveHost
  /** Resolves every other host; default: public addresses only. */
  readonly resolvePublic?: ResolveHost
  /** The certificate authority of a test. */
  readonly ca?: string | undefined
  readonly milliseconds?: number
}

/** The part of `fetch` that requests to a provider use. */
export type UpstreamFetch = (
  url: string,
  request: {
    readonly method: string
    readonly headers: Readonly<Record<string, string>>
    readonly body?: unknown
  },
) => Promise<Response>

/**
 * Makes the function that sends requests to an identity provider. The operator has named its issuer, whose host may be in a private network; other hosts are
 * named by the provider's own document, and must be public: a document must not lead this server into its own network (SSRF). Only https is spoken, but for an
 * issuer of http on this machine. Redirects are not followed, and size and time are limited. Rejects with {@link UpstreamUnavailable}.
 */
export function createUpstreamFetch(
  issuer: string,
  {
    resolve = (host) => lookup(host.replace(/^\[(.*)\]$/, '$1'), { all: true }),
    resolvePublic = createPublicResolver(),
    ca,
    milliseconds = maxMilliseconds,
  }: UpstreamFetchOptions = {},
): UpstreamFetch {
  const own = new URL(issuer)
  return async (text, { method, headers, body }) => {
    const deadline = AbortSignal.timeout(milliseconds)
    try {
      const url = new URL(text)
      const isOwn = url.host === own.host
      if (url.protocol !== 'https:' && !(isOwn && isPlainLoopback(own)))
        throw new ResponseRefused('not_https')
      const resolving = isOwn ? resolve(url.hostname) : resolvePublic(url.hostname)
      const addresses = await beforeDeadline(resolving, deadline)
      const accepted = { accept: 'application/json', ...headers }
      const sent = { method, headers: accepted, body: textOf(body), ca, deadline }
      const response = await sendPinned(url, addresses, sent)
      try {
        const bytes = await readLimited(response, maxBytes)
        const { statusCode = 0 } = response
        const hasBody = ![204, 205, 304].includes(statusCode)
        const type = response.headers['content-type'] ?? ''
        return new Response(hasBody ? Uint8Array.from(bytes) : null, {
          status: statusCode,
          headers: { 'content-type': type },
        })
      } finally {
        response.destroy()
      }
    } catch (cause) {
      const problem =
        cause instanceof AddressRefused ? 'address_not_public' : problemOf(cause, deadline)
      throw new UpstreamUnavailable(problem, { cause })
    }
  }
}

function isPlainLoopback({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && isLoopback(hostname)
}

function textOf(body: unknown): string | undefined {
  if (body === undefined || body === null) return undefined
  if (typeof body === 'string' || body instanceof URLSearchParams) return String(body)
  throw new Error('a body of an unexpected kind') // the library sends forms only
}
