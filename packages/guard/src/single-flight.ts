import type { Clock, Seconds } from '@countersign/token'

/** Work that runs once at a time, shared by all its callers, and less often while it fails. */
export interface SingleFlight {
  /** Starts the work or joins it. Returns `undefined` if it ended a moment ago, or failed and is not due again yet. */
  run(): Promise<void> | undefined
  /** The same, but returns `undefined` rather than wait for a retry of work that failed last time. */
  runUnlessFailing(): Promise<void> | undefined
}

/** Creates a single flight (request coalescing) with backoff. The work resolves to whether it succeeded; a rejection counts as a failure. */
export function singleFlight(clock: Clock, work: () => Promise<boolean>): SingleFlight {
  let flight: Promise<void> | undefined
  let failures = 0
  let nextAt: Seconds = 0
  const start = async () => {
    const succeeded = await work().catch(() => false)
    failures = succeeded ? 0 : failures + 1
    flight = undefined
    nextAt = clock.now() + (succeeded ? 1 : backoff(failures))
  }
  function run(): Promise<void> | undefined {
    if (flight) return flight
    if (clock.now() < nextAt) return undefined
    flight = start()
    return flight
  }
  return { run, runUnlessFailing: () => (flight && failures > 0 ? undefined : run()) }
}

const maxBackoffSeconds = 30 // between two attempts, however many have failed

/** Returns the delay after that many consecutive failures: doubled each time, with jitter, so that not all clients return at once. */
export function backoff(failures: number, minSeconds: Seconds = 1): Seconds {
  const delay = Math.min(maxBackoffSeconds, minSeconds * 2 ** Math.min(failures - 1, 10))
  return delay * (0.5 + Math.random() / 2)
}
