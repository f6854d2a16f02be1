import { isLoopback } from '@countersign/token/internal'

/**
 * The names of the cookies that Countersign sets.
 *
 * @example
 * import { cookieNamesOf, type CookieNames } from '@countersign/guard'
 *
 * const names: CookieNames = cookieNamesOf('https://auth.example.com')
 * console.log(names.refresh) // __Host-countersign_refresh
 */
export interface CookieNames {
  /** The cookie of the access token, which a guard reads. */
  readonly access: string
  /** The cookie of the refresh token. */
  readonly refresh: string
  /** The cookie of the message that the next page shows once. */
  readonly notice: string
  /** The cookie of a browser that asked for a code by mail: the links of mails work in that browser alone. */
  readonly asking: string
  /** The cookie of a sign-in on the pages that waits for a second factor. */
  readonly signIn: string
  /** The cookie of a browser in which a user has signed in: guessers cannot make the user wait in it. */
  readonly device: string
}

/**
 * Returns the names of the cookies that Countersign sets, by the URL of the issuer.
 *
 * They begin with `__Host-`, so that no sibling domain and no plain connection can set them (RFC 6265bis, section 4.1.3.2). The prefix needs
 * `Secure`, and Safari refuses such cookies of `http://localhost`: a development server on loopback, over plain http, sets them without the
 * prefix and without `Secure`. With `production`, the names are those of `countersign serve`, which always have the prefix.
 *
 * @example
 * import { cookieNamesOf, createGuard } from '@countersign/guard'
 *
 * const issuer = process.env['ISSUER'] ?? 'http://localhost:5000'
 * export const guard = createGuard({ issuer, audience: issuer, cookie: { name: cookieNamesOf(issuer).access } })
 */
export function cookieNamesOf(issuer: string, { production = false } = {}): CookieNames {
  const { protocol, hostname } = new URL(issuer)
  const prefix = !production && protocol === 'http:' && isLoopback(hostname) ? '' : '__Host-'
  return {
    access: `${prefix}countersign_access`,
    refresh: `${prefix}countersign_refresh`,
    notice: `${prefix}countersign_notice`,
    asking: `${prefix}countersign_asking`,
    signIn: `${prefix}countersign_sign_in`,
    device: `${prefix}countersign_device`,
  }
}
