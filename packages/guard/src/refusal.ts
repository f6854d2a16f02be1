import type { CountersignError } from '@countersign/token'
import { toChallenge, type ChallengeOptions } from './challenge.ts'
import { guardFailures, type RefusalCode } from './failures.ts'
import type { Need } from './need.ts'

/** The body of a refusal (RFC 9457): what a program reads is `code`, what a person reads is `message`. */
export interface Problem {
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  readonly code: RefusalCode
  readonly message: string
  /** Names this refusal: the operator finds it in the log, and `findExplanation` what was wrong. */
  readonly instance: string
}

/** The guard's no, complete: an adapter only writes it out. */
export interface Refused {
  readonly allowed: false
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly problem: Problem
  /** What is sent: the problem, unless `onRefusal` shaped something else. Text is sent as it is, everything else as JSON. */
  readonly body: unknown
  /** The request's id, or one made for this refusal. */
  readonly id: string
  /** The failure underneath, for the log. Tells more than a caller may know. */
  readonly cause?: CountersignError
}

/** What an application may change about a refusal. Headers are added to the guard's own, which stay unless named. */
export interface ShapedRefusal {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** What every refusal of one guard shares. */
export interface RefusalOptions extends ChallengeOptions {
  /** Status for a request without a token; 401 by default. */
  readonly missingStatus: 401 | 403
  readonly onRefusal?: ((refused: Refused) => ShapedRefusal | undefined) | undefined
}

/** A no, and what is known of it. */
export interface No {
  readonly code: RefusalCode
  readonly id?: string | undefined
  readonly need?: Need | undefined
  readonly cause?: CountersignError | undefined
}

const titles = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  503: 'Service Unavailable',
} as const

const retryAfter = '5' // seconds; an issuer without keys is asked again that soon

/** Makes a refusal: status, challenge (401 and 403 for want of a token or of rights) and problem document. */
export function newRefusal({ code, id, need, cause }: No, options: RefusalOptions): Refused {
  const { message, status: usual } = guardFailures[code]
  const status = code === 'token_missing' ? options.missingStatus : usual
  const name = id ?? crypto.randomUUID()
  const problem: Problem = {
    type: 'about:blank',
    title: titles[status],
    status,
    code,
    message,
    instance: id === undefined ? `urn:uuid:${name}` : encodeURIComponent(name),
  }
  const refused: Refused = {
    allowed: false,
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(status === 503
        ? { 'retry-after': retryAfter }
        : { 'www-authenticate': toChallenge(code, options, need) }),
    },
    problem,
    body: problem,
    id: name,
    ...(cause === undefined ? {} : { cause }),
  }
  const { headers, ...shaped } = options.onRefusal?.(refused) ?? {}
  return { ...refused, ...shaped, headers: { ...refused.headers, ...headers } }
}

/** The body as it is sent. */
export function toText({ body }: Pick<Refused, 'body'>): string {
  return typeof body === 'string' ? body : JSON.stringify(body)
}

/** A refusal as the answer of a fetch handler: status, challenge and problem document (RFC 6750, RFC 9457). */
export function toResponse(refused: Refused): Response {
  return new Response(toText(refused), { status: refused.status, headers: refused.headers })
}
