import type { Clock } from '@countersign/token'
import { singleFlight, steadyClock, type Seconds } from '@countersign/token/internal'

/** A {@link singleFlight} that runs less often while it fails. */
export interface BackoffFlight {
  /** Starts the work or joins it. Returns `undefined` if it ended a moment ago, or failed and is not due again yet. */
  run(): Promise<void> | undefined
  /** The same, but returns `undefined` rather than wait for a retry of work that failed last time. */
  runUnlessFailing(): Promise<void> | undefined
}

/** Creates a single flight with backoff. The work resolves to whether it succeeded; a rejection counts as a failure. */
export function singleFlightWithBackoff(
  work: () => Promise<boolean>,
  { clock }: { readonly clock: Clock },
): BackoffFlight {
  let failures = 0
  const steady = steadyClock(clock)
  let nextAt: Seconds = steady.now()
  const flight = singleFlight(async () => {
    const succeeded = await work().catch(() => false)
    failures = succeeded ? 0 : failures + 1
    nextAt = steady.now() + (succeeded ? 1 : backoff(failures))
  })
  const run = () => (flight.isRunning() || steady.now() >= nextAt ? flight() : undefined)
  return { run, runUnlessFailing: () => (flight.isRunning() && failures > 0 ? undefined : run()) }
}

const maxBackoffSeconds = 30 // between two attempts, however many have failed

/** Returns the delay after that many consecutive failures: doubled each time, with jitter, so that not all clients return at once. */
export function backoff(failures: number, minSeconds: Seconds = 1): Seconds {
  const delay = Math.min(maxBackoffSeconds, minSeconds * 2 ** Math.min(failures - 1, 10))
  return delay * (0.5 + Math.random() / 2)
}
