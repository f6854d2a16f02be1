import { createEventStreamReader } from './event-stream.ts'
import { fail } from './failures.ts'
import type { Seconds } from '@countersign/token/internal'

/** One connection to the feed of a list. */
export interface FeedRequest {
  readonly uri: string
  /** The last change that is known: the issuer tells all that came after it. */
  readonly seq: number
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
  /** Given each event's data, in order, one at a time. */
  readonly onChange: (data: string) => Promise<void>
}

const longestPause = 60 // seconds; whatever an issuer asks for, it is asked again by then

/**
 * Reads the feed of a list until it ends; answers with how many seconds the issuer wants to be left alone, where it says so. Fails with
 * `feed_broken` and with the platform's errors. Redirects are not followed, no credentials are sent, nothing is cached.
 */
export async function readFeed(request: FeedRequest): Promise<Seconds | undefined> {
  const { uri, seq, signal, onChange } = request
  const response = await request.fetch(`${uri}/feed`, {
    headers: { accept: 'text/event-stream', 'last-event-id': String(seq) },
    redirect: 'error',
    credentials: 'omit',
    cache: 'no-store',
    signal,
  })
  const { status, headers } = response
  const [type = ''] = (headers.get('content-type') ?? '').split(';')
  if (status !== 200 || type.trim().toLowerCase() !== 'text/event-stream') {
    await response.body?.cancel()
    if (status === 503) return pauseOf(Number(headers.get('retry-after')))
    throw fail('feed_broken', { detail: `the answer has status ${status}, or another type` })
  }
  const reader = createEventStreamReader()
  for await (const piece of response.body ?? []) {
    for (const { type: kind, data } of reader.push(piece)) {
      if (signal.aborted) return undefined
      if (kind === 'status') await onChange(data) // other kinds are for guards that are newer than this one
    }
  }
  return pauseOf(reader.retry)
}

function pauseOf(seconds: number | undefined): Seconds | undefined {
  return seconds !== undefined && seconds > 0 ? Math.min(seconds, longestPause) : undefined
}
