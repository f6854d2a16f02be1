import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import type { LookupFunction } from 'node:net'
import type { FetchDocument } from '../../domain/kernel/ports.ts'
import {
  AddressRefused,
  createPublicResolver,
  type ResolvedAddress,
  type ResolveHost,
} from './public-address.ts'

const maxBytes = 5_120 // as the draft of client ID metadata documents recommends
const maxMilliseconds = 5_000 // in all, from resolving the name to the last byte

/** What a test may replace. */
export interface FetchDocumentOptions {
  /** Resolves the host, once for each document; default: public addresses only. */
  readonly resolve?: ResolveHost
  /** The certificate authority of a test. */
  readonly ca?: string
  readonly milliseconds?: number
}

/** What a response did wrong, as the operator reads it. */
class Refused extends Error {}

/**
 * Makes the function that gets documents from URLs that strangers name. The name is resolved once, its addresses are judged, and the connection goes to
 * these very addresses: a name that resolves otherwise a moment later (DNS rebinding) reaches nothing. The certificate must be that of the name. No
 * redirect is followed, no cookie, proxy or connection of another request is used, and an answer is read to 5 kB at most.
 */
export function createDocumentFetcher(options: FetchDocumentOptions = {}): FetchDocument {
  const { resolve = createPublicResolver(), ca, milliseconds = maxMilliseconds } = options
  return async (text) => {
    const deadline = AbortSignal.timeout(milliseconds)
    try {
      const url = new URL(text)
      const addresses = await beforeDeadline(resolve(url.hostname), deadline)
      const response = await send(url, addresses, { ca, deadline })
      try {
        assertUsable(response)
        return { text: await read(response), maxAge: maxAgeOf(response) }
      } finally {
        response.destroy()
      }
    } catch (error) {
      if (error instanceof Refused) return { problem: error.message }
      if (error instanceof AddressRefused) return { problem: 'address_not_public' }
      if (deadline.aborted) return { problem: 'too_slow' }
      return { problem: `unreachable ${codeOf(error)}`.trim() }
    }
  }
}

function send(
  url: URL,
  addresses: readonly ResolvedAddress[],
  { ca, deadline }: { readonly ca: string | undefined; readonly deadline: AbortSignal },
): Promise<IncomingMessage> {
  const pinned: LookupFunction = (_, { all }, answer) => {
    const [first = { address: '', family: 0 }] = addresses
    if (all) answer(null, [...addresses])
    else answer(null, first.address, first.family)
  }
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        agent: false, // a connection of its own
        lookup: pinned,
        headers: { accept: 'application/json', 'user-agent': 'countersign' },
        maxHeaderSize: 8_192, // bytes
        minVersion: 'TLSv1.2',
        rejectUnauthorized: true,
        signal: deadline,
        ...(ca !== undefined && { ca }),
      },
      resolve,
    )
    sent.on('error', reject)
    sent.end()
  })
}

function assertUsable({ statusCode = 0, headers }: IncomingMessage): void {
  if (statusCode !== 200) throw new Refused(`status_${statusCode}`)
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (!/^application\/([\w.-]+\+)?json$/.test(type)) throw new Refused('content_type_no_json')
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') throw new Refused('encoded')
}

async function read(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length
    if (length > maxBytes) throw new Refused('too_large')
    parts.push(part)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(parts))
  } catch {
    throw new Refused('no_utf8')
  }
}

/** Returns the seconds for which an answer may be cached (RFC 9111, section 5.2.2); `undefined` if it does not say. */
function maxAgeOf({ headers }: IncomingMessage): number | undefined {
  const directives = (headers['cache-control'] ?? '').toLowerCase()
  if (/\b(no-store|no-cache)\b/.test(directives)) return 0
  const [, seconds] = /(?:^|[\s,])max-age="?(\d{1,9})/.exec(directives) ?? []
  return seconds === undefined ? undefined : Number(seconds)
}

/** A lookup cannot be aborted; it is left behind. */
function beforeDeadline<T>(work: Promise<T>, deadline: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    deadline.addEventListener('abort', () => reject(new Refused('too_slow')), { once: true })
    work.then(resolve, reject)
  })
}

/** Returns the code of a failed connection, such as ENOTFOUND or CERT_HAS_EXPIRED. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : ''
}
