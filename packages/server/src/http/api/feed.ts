import type { LiveList } from '../../domain/revocation/live-list.ts'
import type { FeedEvent, StatusFeed } from '../../domain/revocation/status-feed.ts'
import { fail } from '../../failures.ts'
import type { RouteInput } from '../pipeline/route.ts'

const maxBuffered = 64 * 1024 // bytes that wait for a reader, beside what its socket holds; then it is cut, and may come again
const reconnectAfter = 1_000 // milliseconds that a reader is asked to wait before it comes again

const headers = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform', // what is compressed on the way is held back on the way
  'x-accel-buffering': 'no', // nginx
} as const

/**
 * Answers with the feed of a list, as server-sent events. A reader that is slower than what there is to tell is cut rather than
 * waited for: it comes again with `Last-Event-ID`. Fails with `feed_full`.
 */
export function streamFeed(
  feed: StatusFeed,
  list: LiveList,
  { request, client }: Pick<RouteInput<unknown>, 'request' | 'client'>,
): Response {
  if (request.method === 'HEAD') return new Response(null, { headers }) // nobody would ever read the stream
  const encoder = new TextEncoder()
  let stop: (() => void) | undefined
  const queue = new ByteLengthQueuingStrategy({ highWaterMark: maxBuffered })
  let out: ReadableStreamDefaultController<Uint8Array> | undefined
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        out = controller
      },
      cancel: () => stop?.(),
    },
    queue,
  )
  const controller = out as unknown as ReadableStreamDefaultController<Uint8Array> // `start` was called by now
  controller.enqueue(encoder.encode(`retry: ${reconnectAfter}\n\n`))
  stop = feed.follow(list, lastSeen(request), {
    send(event) {
      const bytes = encoder.encode(textOf(event))
      if ((controller.desiredSize ?? 0) < bytes.length) {
        stop?.()
        controller.error(new Error('a reader of the feed is too slow')) // the connection breaks: an end would look whole
        return false
      }
      controller.enqueue(bytes)
      return true
    },
    end: () => controller.close(),
    address: client.address,
  })
  if (!stop) throw fail('feed_full')
  return new Response(stream, { headers })
}

function textOf({ seq, token }: FeedEvent): string {
  return `event: status\nid: ${seq}\ndata: ${token}\n\n`
}

/** What a reader had when its connection broke; junk is as good as nothing. */
function lastSeen(request: Request): number | undefined {
  const text = request.headers.get('last-event-id') ?? ''
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
