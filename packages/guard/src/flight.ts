import { isCountersignError, type Clock } from '@countersign/token'
import { problemOf as problemOfRequest, type Seconds } from '@countersign/token/internal'

/** Work that is done once at a time, whoever asks for it, and less often while it fails. */
export interface Flight {
  /** Starts or joins it; nothing where it was done a moment ago, or failed and is not tried again yet. */
  go(): Promise<void> | undefined
  /** The same for who would rather hear no than wait for what failed the last time and is being tried again. */
  goUnlessFailing(): Promise<void> | undefined
}

/** Makes a flight. The work answers whether it went well. */
export function createFlight(clock: Clock, work: () => Promise<boolean>): Flight {
  let flight: Promise<void> | undefined
  let failed = 0
  let nextAt: Seconds = 0
  const run = async () => {
    const well = await work().catch(() => false)
    failed = well ? 0 : failed + 1
    flight = undefined
    nextAt = clock.now() + (well ? 1 : backoff(failed))
  }
  function go(): Promise<void> | undefined {
    if (flight) return flight
    if (clock.now() < nextAt) return undefined
    flight = run()
    return flight
  }
  return { go, goUnlessFailing: () => (flight && failed > 0 ? undefined : go()) }
}

const longest = 30 // seconds between two tries, however often it has failed

/** How long to wait after so many failures in a row: twice as long each time, each with another share of it, so that not everybody comes back at once. */
export function backoff(failed: number, least: Seconds = 1): Seconds {
  const most = Math.min(longest, least * 2 ** Math.min(failed - 1, 10))
  return most * (0.5 + Math.random() / 2)
}

/** Why something far away failed, in words for the operator: our own as it stands, and of anything else what lies under it. */
export function problemOf(error: unknown): string {
  return isCountersignError(error) ? error.message : problemOfRequest(error)
}
