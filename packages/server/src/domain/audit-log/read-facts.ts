/**
 * Parses the facts or the personal data of an entry. Text that is no JSON object, as in an audit log that was tampered with, is returned whole
 * as `unreadable`, so that a reader sees it. Pure.
 */
export function readFacts(text: string | null): Readonly<Record<string, unknown>> {
  if (text === null) return {} // erased personal data
  try {
    const read: unknown = JSON.parse(text)
    return typeof read === 'object' && read !== null ? { ...read } : { unreadable: text }
  } catch {
    return { unreadable: text }
  }
}
