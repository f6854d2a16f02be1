/** A point in time or a duration, in whole or fractional seconds (RFC 7519, section 2: NumericDate). */
export type Seconds = number

/**
 * A source of the current time. Production code uses {@link systemClock}; tests use `fixedClock` of `@countersign/token/testing`.
 *
 * @example
 * import type { Clock } from '@countersign/token'
 *
 * const newYear2030: Clock = { now: () => 1_893_456_000 }
 */
export interface Clock {
  /** Returns the current time in seconds since 1970-01-01T00:00:00Z. */
  now(): Seconds
}

/**
 * The clock of the machine, in whole seconds.
 *
 * @example
 * import { systemClock } from '@countersign/token'
 *
 * const inAnHour = systemClock.now() + 3600
 */
export const systemClock: Clock = { now: () => Math.floor(Date.now() / 1000) }

/**
 * Makes a clock for durations (pauses, freshness, time-outs), which never goes back when `clock` is set back. It starts at the time of `clock`.
 *
 * For {@link systemClock} it follows the monotonic clock of the platform, which may stand still while a machine sleeps, or the time of day,
 * whichever has moved further. Of another clock nothing is known but its readings, so a step back counts as time that has passed: then a
 * pause may be shorter than its length, and is never longer.
 */
export function steadyClock(clock: Clock): Clock {
  const start = clock.now()
  const startedAt = performance.now()
  const isSystem = clock === systemClock
  let last = start
  let steps: Seconds = 0 // the sum of all steps back, added to the readings
  return {
    now() {
      const at = clock.now()
      if (at < last) steps += (last - at) * (isSystem ? 1 : 2)
      last = at
      return isSystem
        ? Math.max(at + steps, start + Math.floor((performance.now() - startedAt) / 1000))
        : at + steps
    },
  }
}

/** Runs work later. A port: production code uses {@link systemTimer}, tests use `fixedClock`. */
export interface Timer {
  /** Runs `work` once after `delay` seconds, and returns a function that cancels it. Never keeps a process alive. */
  after(delay: Seconds, work: () => void): () => void
}

const maxDelaySeconds = 86_400 // the platform's timers fire at once for anything beyond 24 days

/** The timer of the machine. Fires after a day at the latest, so work that is due at a certain time must check a clock. */
export const systemTimer: Timer = {
  after(delay, work) {
    const timeout = setTimeout(work, Math.min(delay, maxDelaySeconds) * 1000)
    timeout.unref()
    return () => clearTimeout(timeout)
  },
}

/** Formats a time for people, in UTC (ISO 8601). */
export function toIsoText(at: Seconds): string {
  return new Date(at * 1000).toISOString()
}

/** Returns the time at which a day such as `2027-03-01` begins, in UTC; `undefined` for text that is no day. */
export function startOfDay(day: string): Seconds | undefined {
  const time = Date.parse(`${day}T00:00:00Z`)
  const exists = Number.isFinite(time) && new Date(time).toISOString().startsWith(`${day}T`) // there is no 31 February
  return exists ? time / 1000 : undefined
}
