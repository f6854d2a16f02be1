import { request as requestByHttp, type IncomingMessage } from 'node:http'
import { request as requestByHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import type { ResolvedAddress } from './public-address.ts'

/** A request to a server that is not this one's own. */
export interface PinnedRequest {
  readonly method?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  /** The certificate authority of a test. */
  readonly ca: string | undefined
  readonly deadline: AbortSignal
}

/** A request or a response that is refused, with the problem in a word for the operator. */
export class ResponseRefused extends Error {}

/**
 * Sends a request to addresses that were judged, over a connection of its own that goes to these very addresses: a name that resolves otherwise a moment
 * later (DNS rebinding) reaches nothing. The certificate must be that of the name. No redirect is followed, and no cookie or proxy is used.
 */
export function sendPinned(
  url: URL,
  addresses: readonly ResolvedAddress[],
  { method = 'GET', headers, body, ca, deadline }: PinnedRequest,
): Promise<IncomingMessage> {
  const pinned: LookupFunction = (_, { all }, answer) => {
    const [first = { address: '', family: 0 }] = addresses
    if (all) answer(null, [...addresses])
    else answer(null, first.address, first.family)
  }
  const send = url.protocol === 'https:' ? requestByHttps : requestByHttp
  return new Promise((resolve, reject) => {
    const sent = send(
      url,
      {
        method,
        agent: false, // a connection of its own
        lookup: pinned,
        headers: { 'user-agent': 'countersign', ...headers },
        maxHeaderSize: 8_192, // bytes
        minVersion: 'TLSv1.2',
        rejectUnauthorized: true,
        signal: deadline,
        ...(ca !== undefined && { ca }),
      },
      resolve,
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Reads a response to at most `maxBytes`. Throws {@link ResponseRefused} for a longer one. */
export async function readLimited(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length
    if (length > maxBytes) throw new ResponseRefused('too_large')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** Waits for work that cannot be aborted, such as a lookup, and leaves it behind at the deadline. */
export function beforeDeadline<T>(work: Promise<T>, deadline: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    deadline.addEventListener('abort', () => reject(new ResponseRefused('too_slow')), {
      once: true,
    })
    work.then(resolve, reject)
  })
}

/** Returns what kept a request from being answered, in a word and without what the other server sent: `too_slow`, or the code of the connection. */
export function problemOf(error: unknown, deadline: AbortSignal): string {
  if (error instanceof ResponseRefused) return error.message
  if (deadline.aborted) return 'too_slow'
  const code = error instanceof Error && 'code' in error ? error.code : undefined // such as ENOTFOUND or CERT_HAS_EXPIRED
  const isCode = typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code)
  return isCode ? `unreachable ${code}` : 'unreachable'
}
