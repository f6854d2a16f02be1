import { CountersignError, fail } from './failures.ts'
import type { SignedOutReason, Tokens } from './stored-session.ts'
import { parseHttpDate, type Seconds } from './platform.ts'

/** The outcome of a request to the server. */
export type ServerResponse =
  | { readonly kind: 'ok'; readonly body: unknown; readonly date: Seconds | null }
  /** The server refused, with a problem document (RFC 9457). */
  | { readonly kind: 'refused'; readonly status: number; readonly problem: Problem }
  /**
   * There was no response, or one from a proxy: whether the server has carried out the request is unknown. `suspended` if it was
   * not retried in time because the computer slept.
   */
  | { readonly kind: 'lost'; readonly cause: unknown; readonly suspended?: true }
  /** The response cannot come from a Countersign server. */
  | { readonly kind: 'unexpected'; readonly status: number }

/** The members of a problem document that the client uses. */
export interface Problem {
  readonly code: string
  readonly message: string
  readonly retryAfter: Seconds | null
  /** The secret that continues a sign-in, and the factors that it can be continued with. Not in a {@link CountersignError}: it is a secret. */
  readonly signIn?: string
  readonly factors?: readonly string[]
}

/** Reads a response, which may come from the server, a proxy or a captive portal. */
export async function readResponse(response: Response): Promise<ServerResponse> {
  const { status, headers } = response
  const isJson = /^application\/([a-z-]+\+)?json\b/i.test(headers.get('content-type') ?? '')
  const body: unknown = isJson ? await response.json().catch(() => undefined) : undefined
  if (status === 202 || status === 204 || (response.ok && isObject(body)))
    return { kind: 'ok', body, date: parseHttpDate(headers.get('date')) }
  if (!response.ok && isObject(body) && typeof body['code'] === 'string') {
    const message = typeof body['message'] === 'string' ? body['message'] : 'The server refused'
    const problem = { code: body['code'], message, retryAfter: retryAfterOf(headers) }
    return { kind: 'refused', status, problem: { ...problem, ...signInMembersOf(body) } }
  }
  // from a proxy whose server is down, or did not answer in time
  if (status >= 500) return { kind: 'lost', cause: `status ${status}` }
  return { kind: 'unexpected', status }
}

function signInMembersOf({ sign_in: signIn, factors }: Readonly<Record<string, unknown>>) {
  if (typeof signIn !== 'string') return {}
  const names = Array.isArray(factors) ? factors : []
  return { signIn, factors: names.filter((one) => typeof one === 'string') }
}

/** Returns the seconds of a Retry-After header. A date in it is ignored: it would be by a clock that is not ours. */
function retryAfterOf(headers: Headers): Seconds | null {
  const text = headers.get('retry-after') ?? ''
  return /^\d{1,6}$/.test(text) ? Number(text) : null
}

/** Returns the error for an unsuccessful response. */
export function toFailure(
  response: Exclude<ServerResponse, { readonly kind: 'ok' }>,
): CountersignError {
  switch (response.kind) {
    case 'refused': {
      const { code, message, retryAfter } = response.problem
      return new CountersignError(code, message, { facts: { status: response.status, retryAfter } })
    }
    case 'lost':
      return fail('server_unreachable', { cause: response.cause })
    case 'unexpected':
      return fail('answer_unusable', { facts: { status: response.status } })
  }
}

/** The only refusals that end a session. A rate limit, a server error or a lost response never does. */
const sessionEndingCodes: Readonly<Record<string, SignedOutReason>> = {
  refresh_token_expired: 'expired',
  session_ended: 'ended',
  second_factor_missing: 'ended', // the account must have one now: the user signs in again with it
  refresh_token_reused: 'reused',
  refresh_token_unknown: 'unknown',
  refresh_token_missing: 'unknown', // the cookie is gone
}

/** Returns why the session is over if the refusal of a refresh ends it. */
export function signedOutReasonOf({ code }: Problem): SignedOutReason | undefined {
  return Object.hasOwn(sessionEndingCodes, code) ? sessionEndingCodes[code] : undefined
}

/** The content of a successful response to a sign-in or a refresh. */
export interface TokenResponse {
  /** `null` in cookie mode. */
  readonly tokens: Tokens | null
  readonly lifetime: Seconds
  /** The server's clock when it issued the tokens; `null` if unknown. */
  readonly serverTime: Seconds | null
}

/**
 * Reads the response to a sign-in, a refresh or a request that renews the tokens; some have them in a member `tokens`. Returns `undefined` if it
 * is none of these. In cookie mode it contains no tokens.
 */
export function readTokenResponse(
  { body, date }: Extract<ServerResponse, { readonly kind: 'ok' }>,
  mode: 'bearer' | 'cookie',
): TokenResponse | undefined {
  const members = isObject(body) && isObject(body['tokens']) ? body['tokens'] : body
  if (!isObject(members)) return undefined
  const { token, refresh_token: refresh, expires_in: lifetime, server_time: time } = members
  if (typeof lifetime !== 'number' || !(lifetime > 0)) return undefined
  const serverTime = typeof time === 'number' && Number.isFinite(time) ? time : date
  if (mode === 'cookie') return { tokens: null, lifetime, serverTime }
  if (typeof token !== 'string' || typeof refresh !== 'string') return undefined
  return { tokens: { access: token, refresh }, lifetime, serverTime }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
