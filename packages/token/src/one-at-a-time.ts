import type { Clock, Seconds } from './clock.ts'

/** The work, once at a time however many ask for it, and not again until the pause after its last end is over. */
export function oneAtATime(pause: () => Seconds, clock: Clock, work: () => Promise<void>) {
  let flight: Promise<void> | undefined
  let nextAt: Seconds = 0
  return async (): Promise<void> => {
    if (flight) return flight
    if (clock.now() < nextAt) return
    flight = work().finally(() => {
      flight = undefined
      nextAt = clock.now() + pause()
    })
    return flight
  }
}
