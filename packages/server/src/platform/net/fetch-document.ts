import type { IncomingMessage } from 'node:http'
import type { FetchDocument } from '../../domain/kernel/ports.ts'
import {
  beforeDeadline,
  problemOf,
  readLimited,
  ResponseRefused,
  sendPinned,
} from './pinned-request.ts'
import { AddressRefused, createPublicResolver, type ResolveHost } from './public-address.ts'

const maxBytes = 5_120 // as the draft of client ID metadata documents recommends
const maxMilliseconds = 5_000 // in all, from resolving the name to the last byte

/** The parts that a test may replace. */
export interface FetchDocumentOptions {
  /** Resolves the host, once for each document; default: public addresses only. */
  readonly resolve?: ResolveHost
  /** The certificate authority of a test. */
  readonly ca?: string
  readonly milliseconds?: number
}

/**
 * Makes the function that gets documents from URLs that strangers name. The name is resolved once, its addresses are judged, and the connection goes to
 * these, as {@link sendPinned} says. An answer is read to 5 kB at most.
 */
export function createDocumentFetcher(options: FetchDocumentOptions = {}): FetchDocument {
  const { resolve = createPublicResolver(), ca, milliseconds = maxMilliseconds } = options
  return async (text) => {
    const deadline = AbortSignal.timeout(milliseconds)
    try {
      const url = new URL(text)
      const addresses = await beforeDeadline(resolve(url.hostname), deadline)
      const headers = { accept: 'application/json' }
      const response = await sendPinned(url, addresses, { headers, ca, deadline })
      try {
        assertUsable(response)
        return { text: await read(response), maxAge: maxAgeOf(response) }
      } finally {
        response.destroy()
      }
    } catch (error) {
      if (error instanceof AddressRefused) return { problem: 'address_not_public' }
      return { problem: problemOf(error, deadline) }
    }
  }
}

function assertUsable({ statusCode = 0, headers }: IncomingMessage): void {
  if (statusCode !== 200) throw new ResponseRefused(`status_${statusCode}`)
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (!/^application\/([\w.-]+\+)?json$/.test(type))
    throw new ResponseRefused('content_type_no_json')
  if ((headers['content-encoding'] ?? 'identity') !== 'identity')
    throw new ResponseRefused('encoded')
}

async function read(response: IncomingMessage): Promise<string> {
  const bytes = await readLimited(response, maxBytes)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new ResponseRefused('no_utf8')
  }
}

/** Returns the seconds for which an answer may be cached (RFC 9111, section 5.2.2); `undefined` if it does not say. */
function maxAgeOf({ headers }: IncomingMessage): number | undefined {
  const directives = (headers['cache-control'] ?? '').toLowerCase()
  if (/\b(no-store|no-cache)\b/.test(directives)) return 0
  const [, seconds] = /(?:^|[\s,])max-age="?(\d{1,9})/.exec(directives) ?? []
  return seconds === undefined ? undefined : Number(seconds)
}
