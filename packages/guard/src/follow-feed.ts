import type { Clock } from '@countersign/token'
import type { Seconds, Timer } from '@countersign/token/internal'
import { fail } from './failures.ts'
import { backoff, problemOf } from './flight.ts'
import { readFeed, type FeedRequest } from './read-feed.ts'

/** How a feed is followed. */
export interface FollowFeedOptions extends Pick<FeedRequest, 'uri' | 'fetch'> {
  readonly clock: Clock
  readonly timer: Timer
  /** The last change that is known. */
  readonly seq: () => number
  /** Takes one event; answers for how many seconds the next may be waited, and nothing for one that proves nothing. */
  readonly hear: (data: string) => Promise<Seconds | undefined>
  /** Told when the feed begins to be heard, and each time that it is cut, with the reason. */
  readonly onState: (state: 'open' | 'cut', problem: string | undefined) => void
}

/** A feed that is followed through every cut. */
export interface FollowedFeed {
  readonly isOpen: boolean
  /** Looks whether it has been silent for too long. To be called every second. */
  tick(): void
  close(): void
}

const patience = 10 // seconds for the first word of a new connection
const soon = 0.25 // seconds; who lost a good connection comes back that soon

/** Follows the feed of a list: connects again after each cut, sooner after a good connection, later while it fails. */
export function followFeed(options: FollowFeedOptions): FollowedFeed {
  const { clock, timer, seq, hear, onState, uri, fetch } = options
  let connection: AbortController | undefined
  let callOff: (() => void) | undefined
  let isOpen = false
  let silentAt: Seconds = 0
  let failed = 0

  async function connect(): Promise<void> {
    const mine = new AbortController()
    connection = mine
    silentAt = clock.now() + patience
    const onChange = async (data: string) => {
      const patient = await hear(data)
      if (patient === undefined || connection !== mine) return
      silentAt = clock.now() + patient
      failed = 0
      if (!isOpen) onState('open', undefined)
      isOpen = true
    }
    const { signal } = mine
    const { pause, problem } = await readOnce({ uri, fetch, seq: seq(), signal, onChange })
    if (connection !== mine) return // closed in the meantime
    connection = undefined
    isOpen = false
    failed++
    onState('cut', problem)
    callOff = timer.after(backoff(failed, Math.max(soon, pause ?? 0)), () => void connect())
  }

  void connect()
  return {
    get isOpen() {
      return isOpen
    },
    tick() {
      if (connection && clock.now() >= silentAt)
        connection.abort(fail('feed_broken', { detail: 'it has been silent for too long' }))
    },
    close() {
      callOff?.()
      const last = connection
      connection = undefined
      last?.abort()
    },
  }
}

/** One connection, from its beginning to its end, whatever that is. */
async function readOnce(
  request: FeedRequest,
): Promise<{ readonly pause?: Seconds | undefined; readonly problem: string }> {
  try {
    return { pause: await readFeed(request), problem: 'the feed ended' }
  } catch (error) {
    const { aborted, reason } = request.signal
    return { problem: problemOf(aborted ? reason : error) }
  }
}
