/** A point in time, or a length of it, in whole or fractional seconds (RFC 7519, section 2: NumericDate). */
export type Seconds = number

/** Tells the time. A port: production passes {@link systemClock}, tests pass one that they wind by hand. */
export interface Clock {
  /** The present, in seconds since 1970-01-01T00:00:00Z. */
  now(): Seconds
}

/** The machine's own clock, in whole seconds. */
export const systemClock: Clock = { now: () => Math.floor(Date.now() / 1000) }

/** A moment as people read it, in UTC (ISO 8601). */
export function toIsoText(at: Seconds): string {
  return new Date(at * 1000).toISOString()
}
