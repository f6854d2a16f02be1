/**
 * What an entry tells, from its text: of what `recordEvents` wrote its members, and of anything else the text as it is, for whoever looks into a
 * audit log that somebody has changed must see it. Pure.
 */
export function readFacts(text: string | null): Readonly<Record<string, unknown>> {
  if (text === null) return {} // personal data that was erased
  try {
    const read: unknown = JSON.parse(text)
    return typeof read === 'object' && read !== null ? { ...read } : { unreadable: text }
  } catch {
    return { unreadable: text }
  }
}
