/** All that an adapter has to supply. Nothing framework-shaped gets past it. */
export interface Credentials {
  readonly method: string
  readonly url: string
  /** A header by its lower-case name; several of one name arrive as one text joined by commas (RFC 9110, section 5.3). */
  header(name: string): string | undefined
}

/** What the `Authorization` header turned out to hold. */
export type Presented =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'malformed' }

const bearer = /^bearer(?: +|$)/i // the scheme's case does not count (RFC 9110, section 11.1)

/**
 * Reads the bearer token of a request (RFC 6750, section 2.1). Pure.
 *
 * Only the header is looked at: a token in the query or the body is not seen at all, for it would end in logs. Another
 * scheme is no bearer token, so it is missing. A comma means that two headers were sent, of which nobody could say which
 * counts.
 */
export function readCredentials(request: Pick<Credentials, 'header'>): Presented {
  const header = request.header('authorization')?.trim()
  if (header === undefined || header === '') return { kind: 'missing' }
  if (header.includes(',')) return { kind: 'malformed' }
  const scheme = bearer.exec(header)
  if (!scheme) return { kind: 'missing' }
  const token = header.slice(scheme[0].length)
  return token === '' || /\s/.test(token) ? { kind: 'malformed' } : { kind: 'token', token }
}
