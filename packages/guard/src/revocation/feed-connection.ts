import type { Clock } from '@countersign/token'
import { steadyClock, type Seconds, type Timer } from '@countersign/token/internal'
import { fail } from '../failures.ts'
import { backoff } from '../backoff.ts'
import { createEventStreamReader } from './event-stream.ts'
import { problemOf } from './list-copy.ts'

/** The options of {@link connectFeed}. */
export interface FeedOptions extends Pick<FeedRequest, 'address' | 'fetch'> {
  readonly clock: Clock
  readonly timer: Timer
  /** The sequence number of the last known change. */
  readonly seq: () => number
  /** Handles one event; resolves to how many seconds to wait for the next one, and to `undefined` for an event that proves nothing. */
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
  let connection: AbortController | undefined
  let cancelReconnect: (() => void) | undefined
  let isOpen = false
  let [nextEventDeadline, failures]: [Seconds, number] = [0, 0]

  async function connect(): Promise<void> {
    const own = new AbortController()
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
    const part = { seq: seq(), signal: own.signal, onEvent }
    const { delay, problem, wasAccepted } = await readUntilEnd({ ...part, address, fetch })
    if (connection !== own) return // closed in the meantime
    connection = undefined
    isOpen = false
    failures = wasAccepted && own.signal.aborted ? 1 : failures + 1
    onState('cut', problem)
    cancelReconnect = timer.after(reconnectDelay(failures, delay), () => void connect())
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

function reconnectDelay(failures: number, requested: Seconds = 0): Seconds {
  return backoff(failures, Math.max(minReconnectDelay, requested))
}

/** Reads one connection until it ends, for whatever reason. */
async function readUntilEnd(request: Omit<FeedRequest, 'onAccepted'>): Promise<ConnectionEnd> {
  let wasAccepted = false
  const onAccepted = () => void (wasAccepted = true)
  try {
    const delay = await readFeed({ ...request, onAccepted })
    return { delay, problem: 'the feed ended', wasAccepted }
  } catch (error) {
    const { aborted, reason } = request.signal
    return { problem: problemOf(aborted ? reason : error), wasAccepted }
  }
}

/** The end of a connection, and its cause. */
interface ConnectionEnd {
  /** The reconnection delay that the issuer requests. */
  readonly delay?: Seconds | undefined
  readonly problem: string
  /** True if the issuer had answered with a feed. */
  readonly wasAccepted: boolean
}

/** One connection to the feed of a list. */
interface FeedRequest {
  /** The URL of the list, where it is served. */
  readonly address: string
  /** The sequence number of the last known change: the issuer sends all that came after it. */
  readonly seq: number
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
  /** Called when the issuer has answered with a feed. */
  readonly onAccepted: () => void
  /** Called with each event's data, in order, one at a time. */
  readonly onEvent: (data: string) => Promise<void>
}

const maxRequestedDelay = 60 // seconds; whatever delay an issuer requests, the feed is connected again by then

/**
 * Reads the feed of a list until it ends; resolves to the reconnection delay that the issuer requests, if any. Fails with
 * `feed_broken` and with the platform's errors. Redirects are not followed, no credentials are sent, nothing is cached.
 */
async function readFeed(request: FeedRequest): Promise<Seconds | undefined> {
  const { address, seq, signal, onAccepted, onEvent } = request
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
    for (const { type: kind, data } of reader.push(chunk)) {
      if (signal.aborted) return undefined
      if (kind === 'status') await onEvent(data) // other kinds are for guards that are newer than this one
    }
  }
  return requestedDelay(reader.retry)
}

function requestedDelay(seconds: number | undefined): Seconds | undefined {
  return seconds !== undefined && seconds > 0 ? Math.min(seconds, maxRequestedDelay) : undefined
}
