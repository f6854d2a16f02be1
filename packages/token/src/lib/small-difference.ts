/**
 * Describes how a name differs from an expected one when only a slash, capital letters, a port, a blank, the scheme or the name of this machine differ: the most
 * common mistake with issuers and audiences. Returns a sentence for the operator that quotes nothing, or `undefined`.
 */
export function smallDifference(found: unknown, expected: readonly string[]): string | undefined {
  if (typeof found !== 'string') return undefined
  const bare = (text: string) =>
    text
      .trim()
      .toLowerCase()
      .replace(/^https?:\/\//, '')
      .replace(/\/$/, '')
      .replace(/:(443|80)(?=\/|$)/, '')
      .replace(/^127\.0\.0\.1(?=[:/]|$)/, 'localhost')

  const similar = expected.find((one) => bare(one) === bare(found))
  if (similar === undefined) return undefined
  if (similar.endsWith('/') !== found.endsWith('/'))
    return 'one of the two ends in a slash and the other does not'
  if (/:(443|80)(\/|$)/.test(similar) !== /:(443|80)(\/|$)/.test(found))
    return 'one of the two names the port and the other does not'
  if (namesLocalhost(similar) !== namesLocalhost(found))
    return 'one of the two names localhost and the other 127.0.0.1'
  if (similar.trim() !== similar || found.trim() !== found)
    return 'one of the two has a blank before or after it'
  return similar.toLowerCase() === found.toLowerCase()
    ? 'the two differ in capital letters'
    : 'one begins with http and the other with https'
}

function namesLocalhost(text: string): boolean {
  return /^\s*(https?:\/\/)?localhost(?=[:/]|\s*$)/i.test(text)
}
