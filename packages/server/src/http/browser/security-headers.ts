// Every header that only tells a browser what not to do, in one place.

/** What every answer carries: nobody sniffs it, frames it, sends its address on, or reads it from another site. */
const everywhere = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY', // for browsers that do not know frame-ancestors
  'referrer-policy': 'no-referrer', // addresses of ours can hold codes
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'camera=(), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-create=(self), publickey-credentials-get=(self)',
} as const

/** What a page loads from this server; a page loads nothing from anywhere else, and runs no script that stands in itself. */
export interface PageSources {
  readonly styles?: boolean
  readonly scripts?: boolean
  readonly images?: boolean
  /** Scripts of the page may call this server. */
  readonly calls?: boolean
  /** The page has a form. `'self'`, and where a form's answer leads elsewhere, those origins: browsers check redirects too. */
  readonly forms?: readonly string[]
  /** Hashes of styles that stand in the page itself, such as `'sha256-…'`. */
  readonly styleHashes?: readonly string[]
}

/** The headers of a page; without sources it may show text and no more. */
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

/** The headers of an answer that is no page: should a browser show it after all, it does nothing. */
export const dataHeaders: Readonly<Record<string, string>> = pageHeaders()

const missing = Object.entries(dataHeaders)

/** Adds what is missing: what a page has said of itself stays. */
export function addSecurityHeaders(headers: Headers, hsts: string | undefined): void {
  for (const [name, value] of missing) if (!headers.has(name)) headers.set(name, value)
  if (hsts !== undefined) headers.set('strict-transport-security', hsts)
}
