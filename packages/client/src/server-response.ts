import { CountersignError, fail } from './failures.ts'
import type { SignedOutReason, Tokens } from './stored-session.ts'
import { parseDate, type Seconds } from './platform.ts'

/** What came back from the server. */
export type ServerResponse =
  | { readonly kind: 'done'; readonly body: unknown; readonly date: Seconds | null }
  /** The server understood and said no, in a problem document (RFC 9457). */
  | { readonly kind: 'refused'; readonly status: number; readonly problem: Problem }
  /**
   * Nothing, or something from in between: noSession knows whether the server has done what it was asked. `delayed` when it was not asked
   * again in time, because this computer slept.
   */
  | { readonly kind: 'lost'; readonly cause: unknown; readonly delayed?: true }
  /** Something that no Countersign server says. */
  | { readonly kind: 'odd'; readonly status: number }

/** The members of a problem document that matter here. */
export interface Problem {
  readonly code: string
  readonly message: string
  readonly retryAfter: Seconds | null
}

/** Reads an answer of the server, whoever it turns out to come from. */
export async function readResponse(response: Response): Promise<ServerResponse> {
  const { status, headers } = response
  const json = /^application\/([a-z-]+\+)?json\b/i.test(headers.get('content-type') ?? '')
  const body: unknown = json ? await response.json().catch(() => undefined) : undefined
  if (status === 204 || (response.ok && isObject(body)))
    return { kind: 'done', body, date: parseDate(headers.get('date')) }
  if (!response.ok && isObject(body) && typeof body['code'] === 'string') {
    const message = typeof body['message'] === 'string' ? body['message'] : 'The server refused'
    const problem = { code: body['code'], message, retryAfter: retryAfterOf(headers) }
    return { kind: 'refused', status, problem }
  }
  // A proxy in front of a server that is away, or was when it should have answered.
  if (status >= 500) return { kind: 'lost', cause: `status ${status}` }
  return { kind: 'odd', status }
}

/** Members of Retry-After that are seconds; a date in it would be by a clock that is not ours. */
function retryAfterOf(headers: Headers): Seconds | null {
  const text = headers.get('retry-after') ?? ''
  return /^\d{1,6}$/.test(text) ? Number(text) : null
}

/** What an answer means as a failure. */
export function toFailure(
  answer: Exclude<ServerResponse, { readonly kind: 'done' }>,
): CountersignError {
  switch (answer.kind) {
    case 'refused': {
      const { code, message, retryAfter } = answer.problem
      return new CountersignError(code, message, { facts: { status: answer.status, retryAfter } })
    }
    case 'lost':
      return fail('server_unreachable', { cause: answer.cause })
    case 'odd':
      return fail('answer_unusable', { facts: { status: answer.status } })
  }
}

/** The only answers after which somebody has to sign in again. A limit, a fault or a lost answer never are. */
const over: Readonly<Record<string, SignedOutReason>> = {
  refresh_token_expired: 'expired',
  session_ended: 'ended',
  refresh_token_reused: 'reused',
  refresh_token_unknown: 'unknown',
  refresh_token_missing: 'unknown', // the cookie is gone
}

/** Why a session is over, when a refused refresh says that it is. */
export function signedOutReasonOf({ code }: Problem): SignedOutReason | undefined {
  return Object.hasOwn(over, code) ? over[code] : undefined
}

/** What a sign-in and a refresh give. */
export interface TokenResponse {
  readonly tokens: Tokens | null
  readonly lifetime: Seconds
  /** The server's clock when it gave them, where it says so. */
  readonly serverTime: Seconds | null
}

/** Reads the answer of a sign-in or a refresh; `undefined` when it is none. With cookies, the tokens are not in it. */
export function readTokenResponse(
  { body, date }: Extract<ServerResponse, { readonly kind: 'done' }>,
  mode: 'bearer' | 'cookie',
): TokenResponse | undefined {
  if (!isObject(body)) return undefined
  const { token, refresh_token: refresh, expires_in: lifetime, server_time: time } = body
  if (typeof lifetime !== 'number' || !(lifetime > 0)) return undefined
  const serverTime = typeof time === 'number' && Number.isFinite(time) ? time : date
  if (mode === 'cookie') return { tokens: null, lifetime, serverTime }
  if (typeof token !== 'string' || typeof refresh !== 'string') return undefined
  return { tokens: { access: token, refresh }, lifetime, serverTime }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
