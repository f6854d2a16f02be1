// browser/: what is specific to browsers: security headers, CORS, and tokens in cookies.
// This file holds every header that restricts what a browser may do with a response.

/** The headers of every response: no sniffing, no framing, no referrer, no reading from other sites. */
const everywhere = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY', // for browsers that do not know frame-ancestors
  'referrer-policy': 'no-referrer', // URLs of this server can hold codes
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'camera=(), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-create=(self), publickey-credentials-get=(self)',
} as const

/** The resources that a page may load from this server. A page loads nothing from other origins, and runs no inline script. */
export interface PageSources {
  readonly styles?: boolean
  readonly scripts?: boolean
  readonly images?: boolean
  /** True if scripts of the page may send requests to this server. */
  readonly calls?: boolean
  /** The origins that forms of the page may be sent to: `'self'`, and those that their response redirects to, since browsers check redirects too. */
  readonly forms?: readonly string[]
  /** The hashes of inline styles, such as `'sha256-…'`. */
  readonly styleHashes?: readonly string[]
}

/** Returns the headers of a page; without sources it may show text only. */
export function pageHeaders(sources: PageSources = {}): Readonly<Record<string, string>> {
  const { styles, scripts, images, calls, forms = [], styleHashes = [] } = sources
  const self = "'self'"
  const rules = [
    "default-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    `form-action ${forms.join(' ') || "'none'"}`,
    ...(styles || styleHashes.length > 0
      ? [`style-src ${[...(styles ? [self] : []), ...styleHashes].join(' ')}`]
      : []),
    ...(scripts
      ? [`script-src ${self}`, "require-trusted-types-for 'script'", "trusted-types 'none'"]
      : []),
    ...(images ? [`img-src ${self}`] : []),
    ...(calls ? [`connect-src ${self}`] : []),
  ]
  return { ...everywhere, 'content-security-policy': rules.join('; ') }
}

/** The headers of a response that is not a page: if a browser renders it anyway, it can load and run nothing. */
export const nonPageHeaders: Readonly<Record<string, string>> = pageHeaders()

const missing = Object.entries(nonPageHeaders)

/** Adds the security headers that a response lacks; those that a page has set stay. */
export function addSecurityHeaders(headers: Headers, hsts: string | undefined): void {
  for (const [name, value] of missing) if (!headers.has(name)) headers.set(name, value)
  if (hsts !== undefined) headers.set('strict-transport-security', hsts)
}
