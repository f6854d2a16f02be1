import type { Seconds } from '@countersign/token/internal'

/** The time of a Date header (RFC 9110, section 5.6.7); nothing where there is none. */
export function parseHttpDate(text: string | null): Seconds | undefined {
  const milliseconds = text === null ? NaN : Date.parse(text)
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000)
}
