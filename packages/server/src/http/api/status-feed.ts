import type { ClientInfo } from '../../domain/kernel/client-info.ts'
import type { FeedEvent } from '../../domain/revocation/feed-followers.ts'
import type { FollowList } from '../../domain/revocation/status-list-source.ts'
import { fail } from '../../failures.ts'

const maxBufferedBytes = 64 * 1024 // for one reader, besides its socket's buffer; a slower reader is disconnected, and may reconnect
const reconnectMs = 1_000 // the delay before a reader reconnects

const headers = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform', // proxies that compress a stream also buffer it
  'x-accel-buffering': 'no', // nginx
} as const

/**
 * Responds with the feed of a status list, as server-sent events. A reader that is too slow is disconnected, not waited for: it reconnects
 * with `Last-Event-ID`. Fails with `feed_full`.
 */
export function streamFeed(
  follow: FollowList,
  { request, client }: { readonly request: Request; readonly client: Pick<ClientInfo, 'address'> },
): Response {
  if (request.method === 'HEAD') return new Response(null, { headers }) // a stream without a reader would never end
  const encoder = new TextEncoder()
  let stop: (() => void) | undefined
  const queue = new ByteLengthQueuingStrategy({ highWaterMark: maxBufferedBytes })
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
  const controller = out as unknown as ReadableStreamDefaultController<Uint8Array> // the constructor has called `start`
  controller.enqueue(encoder.encode(`retry: ${reconnectMs}\n\n`))
  stop = follow(lastSeen(request), {
    send(event) {
      const bytes = encoder.encode(textOf(event))
      if ((controller.desiredSize ?? 0) < bytes.length) {
        stop?.()
        controller.error(new Error('a reader of the feed is too slow')) // an error, since a normal end would look like a complete response
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

/** Returns the id of the last event that a reader received before it reconnected; undefined for an invalid one. */
function lastSeen(request: Request): number | undefined {
  const text = request.headers.get('last-event-id') ?? ''
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
