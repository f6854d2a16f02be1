import type { Clock } from '@countersign/token'
import { steadyClock, type Seconds, type Timer } from '@countersign/token/internal'
import { fail } from '../failures.ts'
import { backoff } from '../backoff.ts'
import { createEventStreamReader } from './event-stream.ts'
import { createFeedBudget } from './feed-budget.ts'
import { problemOf } from './list-copy.ts'

/** The options of {@link connectFeed}. */
export interface FeedOptions extends Pick<FeedRequest, 'address' | 'fetch'> {
  readonly clock: Clock
  readonly timer: Timer
  /** The sequence number of the last known change. */
  readonly seq: () => number
  /**
   * Handles one event; resolves to how many seconds to wait for the next one, and to `undefined` for an event that proves nothing. Rejects for
   * one that fails verification, which ends the connection.
   */
  readonly onData: (data: string) => Promise<Seconds | undefined>
  /** Called when the first event of a connection arrives, and each time that it is disconnected, with the reason. */
  readonly onState: (state: 'open' | 'cut', problem: string | undefined) => void
}

/** A feed that is reconnected after every disconnection. */
export interface FeedConnection {
  readonly isOpen: boolean
  /** Disconnects a feed that has been silent for too long. To be called every second. */
  tick(): void
  close(): void
}

const firstEventTimeout = 10 // seconds for the first event of a new connection
const minReconnectDelay = 0.25 // seconds, after a connection that was good

/**
 * Connects to the feed of a list, and reconnects after each disconnection: soon after a good connection, with backoff while it fails. A connection
 * that was accepted and stayed silent is not a failure: its server waits for its database, and then sends what was missed to connected guards.
 */
export function connectFeed(options: FeedOptions): FeedConnection {
  const { timer, seq, onData, onState, address, fetch } = options
  const steady = steadyClock(options.clock)
  const request = { address, fetch, spend: createFeedBudget(steady) }
  let connection: AbortController | undefined
  let cancelReconnect: (() => void) | undefined
  let isOpen = false
  let [nextEventDeadline, failures]: [Seconds, number] = [0, 0]

  async function connect(): Promise<void> {
    const [own, failuresBefore] = [new AbortController(), failures]
    connection = own
    nextEventDeadline = steady.now() + firstEventTimeout
    const onEvent = async (data: string) => {
      const timeout = await onData(data)
      if (timeout === undefined || connection !== own) return
      nextEventDeadline = steady.now() + timeout
      failures = 0
      if (!isOpen) onState('open', undefined)
      isOpen = true
    }
    const end = await readUntilEnd({ ...request, seq: seq(), signal: own.signal, onEvent })
    if (connection !== own) return // closed in the meantime
    connection = undefined
    isOpen = false
    failures = failuresAfter(end.cause, { failures, failuresBefore })
    onState('cut', end.problem)
    cancelReconnect = timer.after(reconnectDelay(failures, end.delay), () => void connect())
  }

  void connect()
  return {
    get isOpen() {
      return isOpen
    },
    tick() {
      if (connection && steady.now() >= nextEventDeadline)
        connection.abort(fail('feed_broken', { detail: 'it has been silent for too long' }))
    },
    close() {
      cancelReconnect?.()
      const last = connection
      connection = undefined
      last?.abort()
    },
  }
}

/** The delay that the issuer requests is a minimum: jitter is added to it, so that guards of a server that stops do not return all at once. */
function reconnectDelay(failures: number, requested: Seconds = 0): Seconds {
  return Math.max(requested * (1 + Math.random() / 2), backoff(failures, minReconnectDelay))
}

/** Counts the failures in a row after a connection. */
function failuresAfter(
  cause: ConnectionEnd['cause'],
  { failures, failuresBefore }: { readonly failures: number; readonly failuresBefore: number },
): number {
  if (cause === 'refused') return failuresBefore + 1 // also after valid events
  return cause === 'silent' ? 1 : failures + 1
}

/** Reads one connection until it ends, for whatever reason. */
async function readUntilEnd(request: Omit<FeedRequest, 'onAccepted'>): Promise<ConnectionEnd> {
  const { signal } = request
  let [wasAccepted, isRefused] = [false, false]
  const onAccepted = () => void (wasAccepted = true)
  const onEvent = async (data: string) => {
    isRefused = true
    await request.onEvent(data)
    isRefused = false
  }
  try {
    const delay = await readFeed({ ...request, onAccepted, onEvent })
    return { delay, problem: 'the feed ended', cause: 'ended' }
  } catch (error) {
    const problem = problemOf(signal.aborted ? signal.reason : error)
    if (isRefused) return { problem, cause: 'refused' }
    return { problem, cause: wasAccepted && signal.aborted ? 'silent' : 'ended' }
  }
}

/** The end of a connection, and its cause. */
interface ConnectionEnd {
  /** The reconnection delay that the issuer requests. */
  readonly delay?: Seconds | undefined
  readonly problem: string
  /** `refused`: an event failed verification. `silent`: the issuer had answered with a feed, and none arrived in time. */
  readonly cause: 'refused' | 'silent' | 'ended'
}

/** One connection to the feed of a list. */
interface FeedRequest {
  /** The URL of the list, where it is served. */
  readonly address: string
  /** The sequence number of the last known change: the issuer sends all that came after it. */
  readonly seq: number
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
  /** Called with each number of bytes and of events that arrive; throws if they are too many. */
  readonly spend: ReturnType<typeof createFeedBudget>
  /** Called when the issuer has answered with a feed. */
  readonly onAccepted: () => void
  /** Called with each event's data, in order, one at a time. */
  readonly onEvent: (data: string) => Promise<void>
}

const maxRequestedDelay = 20 // seconds; with jitter, a feed is connected again after 30 s at the latest

/**
 * Reads the feed of a list until it ends; resolves to the reconnection delay that the issuer requests, if any. Fails with
 * `feed_broken` and with the platform's errors. Redirects are not followed, no credentials are sent, nothing is cached.
 */
async function readFeed(request: FeedRequest): Promise<Seconds | undefined> {
  const { address, seq, signal, spend, onAccepted, onEvent } = request
  const response = await request.fetch(`${address}/feed`, {
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
    if (status === 503) return requestedDelay(Number(headers.get('retry-after')))
    throw fail('feed_broken', { detail: `the response has status ${status}, or another type` })
  }
  onAccepted()
  const reader = createEventStreamReader()
  for await (const chunk of response.body ?? []) {
    spend({ bytes: chunk.byteLength })
    for (const { type: kind, data } of reader.push(chunk)) {
      if (signal.aborted) return undefined
      if (kind !== 'status') continue // for guards that are newer than this one
      spend({ events: 1 })
      await onEvent(data)
    }
  }
  return requestedDelay(reader.retry)
}

function requestedDelay(seconds: number | undefined): Seconds | undefined {
  return seconds !== undefined && seconds > 0 ? Math.min(seconds, maxRequestedDelay) : undefined
}
