/**
 * How a name differs from one of those expected, when it is only by a slash, by capital letters or by the scheme: the commonest slip
 * with issuers and audiences. In a sentence for the operator; quotes nothing.
 */
export function nearMiss(found: unknown, expected: readonly string[]): string | undefined {
  if (typeof found !== 'string') return undefined
  const bare = (text: string) =>
    text
      .trim()
      .toLowerCase()
      .replace(/^https?:\/\//, '')
      .replace(/\/$/, '')
      .replace(/:(443|80)(?=\/|$)/, '')

  const near = expected.find((one) => bare(one) === bare(found))
  if (near === undefined) return undefined
  if (near.endsWith('/') !== found.endsWith('/'))
    return 'one of the two ends in a slash and the other does not'
  if (/:(443|80)(\/|$)/.test(near) !== /:(443|80)(\/|$)/.test(found))
    return 'one of the two names the port and the other does not'
  if (near.trim() !== near || found.trim() !== found) return 'one of the two has a blank about it'
  return near.toLowerCase() === found.toLowerCase()
    ? 'the two differ in capital letters'
    : 'one says http and the other https'
}
