import type { Seconds } from '@countersign/token/internal'

/** Parses a Date header (RFC 9110, section 5.6.7); returns undefined without one. */
export function parseHttpDate(text: string | null): Seconds | undefined {
  const milliseconds = text === null ? NaN : Date.parse(text)
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000)
}
