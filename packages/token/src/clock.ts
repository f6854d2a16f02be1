/** A point in time, or a length of it, in whole or fractional seconds (RFC 7519, section 2: NumericDate). */
export type Seconds = number

/** Tells the time. A port: production passes {@link systemClock}, tests pass one that they wind by hand. */
export interface Clock {
  /** The present, in seconds since 1970-01-01T00:00:00Z. */
  now(): Seconds
}

/** The machine's own clock, in whole seconds. */
export const systemClock: Clock = { now: () => Math.floor(Date.now() / 1000) }

/** Does something later. A port: production passes {@link systemTimer}, tests pass one that they wind by hand. */
export interface Timer {
  /** Runs `work` once after `delay` seconds; what comes back calls it off. Never keeps a process alive. */
  after(delay: Seconds, work: () => void): () => void
}

const longest = 86_400 // seconds; the platform's own timers turn anything beyond 24 days into no wait at all

/** The machine's own timer. Waits a day at most: whoever waits for a moment looks at a clock again then. */
export const systemTimer: Timer = {
  after(delay, work) {
    const timeout = setTimeout(work, Math.min(delay, longest) * 1000)
    timeout.unref()
    return () => clearTimeout(timeout)
  },
}

/** A moment as people read it, in UTC (ISO 8601). */
export function toIsoText(at: Seconds): string {
  return new Date(at * 1000).toISOString()
}
