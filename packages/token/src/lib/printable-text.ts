/** Makes a value of a token or a document safe to print: short, and printable ASCII only, so that it cannot forge a line of a log. */
export function toPrintableText(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const safe = text.slice(0, 81).replaceAll(/[^\x20-\x7e]/gu, '?')
  return safe.length > 80 ? `${safe.slice(0, 80)}...` : safe
}
