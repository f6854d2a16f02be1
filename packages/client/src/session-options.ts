import { fail } from './failures.ts'
import type { OnStepUp } from './step-up.ts'
import type { TokenStorage } from './storage.ts'

/**
 * The options of {@link createSession}.
 *
 * @example
 * ```ts
 * import { browserStorage, createSession, type SessionOptions } from '@countersign/client'
 *
 * const options: SessionOptions = {
 *   url: 'https://auth.example.com',
 *   mode: 'bearer',
 *   storage: browserStorage(), // survives a restart of the browser
 *   origins: ['https://api.example.com'], // session.fetch sends the token nowhere else
 * }
 * const session = createSession(options)
 * console.log(session.state.status) // unknown
 * ```
 */
export interface SessionOptions {
  /** The URL of the server, including the path below which it is mounted. */
  readonly url: string
  /**
   * `cookie`: the server keeps the tokens in cookies that no script can read; for pages on the server's own origin. `bearer`: the
   * client holds the tokens; for pages on another origin, and for programs.
   */
  readonly mode: 'bearer' | 'cookie'
  /** The place where the session is stored. By default memory in bearer mode, and {@link browserStorage} in cookie mode. */
  readonly storage?: TokenStorage
  /** The origins that `session.fetch` may send the session to. By default the origin of `url`, which `session.call` always uses. */
  readonly origins?: readonly string[]
  /**
   * Asks the user for a proof when an API or the server requires one (RFC 9470), once for all requests that wait for it; then they are sent again.
   * If it returns `undefined`, or is missing, the refusal is their response. It is called again, with `failure`, after a wrong code or password.
   */
  readonly onStepUp?: OnStepUp
  /** The function that sends requests. By default the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
}

const optionNames = {
  url: 1,
  mode: 1,
  storage: 1,
  origins: 1,
  onStepUp: 1,
  fetch: 1,
} satisfies Record<keyof SessionOptions, 1>

/** Rejects unknown options, for programs without types: a misspelt option would otherwise be ignored. */
export function assertOptions(options: SessionOptions): SessionOptions {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(optionNames, name))
  if (unknown !== undefined)
    throw invalid(`${unknown} is unknown; use ${Object.keys(optionNames).join(', ')}`)
  if (!['bearer', 'cookie'].includes(options.mode))
    throw invalid('mode must be "bearer" or "cookie"')
  return options
}

/** Parses the URL of a server or an origin. Fails with `option_invalid`. */
export function parseUrl(text: string): URL {
  const url = URL.parse(text)
  const isPlain = url && /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash
  if (!isPlain)
    throw invalid('url and origins must be http or https URLs without user, query or fragment')
  return url
}

const invalid = (detail: string) => fail('option_invalid', { detail })
