/** A value of the token made safe to print: short, and nothing but printable ASCII, so that it cannot forge a line of a log. */
export function printable(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const safe = text.slice(0, 81).replaceAll(/[^\x20-\x7e]/gu, '?')
  return safe.length > 80 ? `${safe.slice(0, 80)}...` : safe
}
