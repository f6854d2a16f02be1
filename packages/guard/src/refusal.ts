import type { CountersignError } from '@countersign/token'
import { dpopAlgorithms } from '@countersign/token/internal'
import type { RouteRequirements } from './authorize.ts'
import { guardFailures, type RefusalCode } from './failures.ts'

/** The body of a refusal (RFC 9457): programs read `code`, humans read `message`. */
export interface Problem {
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  readonly code: RefusalCode
  readonly message: string
  /** The id of this refusal: it is in the operator's log, and `findExplanation` returns what was wrong. */
  readonly instance: string
}

/** The complete answer to a request that is not admitted: an adapter only writes it out. */
export interface Refusal {
  readonly allowed: false
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly problem: Problem
  /** The body that is sent: the problem, unless `onRefusal` returned another body. A string is sent as it is, everything else as JSON. */
  readonly body: unknown
  /** The request's id, or one created for this refusal. */
  readonly id: string
  /** The failure beneath it, for the log. Says more than a caller may know. */
  readonly cause?: CountersignError
}

/**
 * The parts of a refusal that an application may change. Headers are added to the guard's own, which stay unless named.
 *
 * @example
 * import { createGuard, type Refusal, type RefusalOverrides } from '@countersign/guard'
 *
 * const onRefusal = ({ status, problem }: Refusal): RefusalOverrides => ({
 *   headers: { 'content-type': 'application/json' },
 *   body: { error: problem.message, status },
 * })
 * export const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com', onRefusal })
 */
export interface RefusalOverrides {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** The parameters that every challenge of one guard has. */
export interface ChallengeOptions {
  readonly realm?: string | undefined
  /** The URL of the resource's metadata (RFC 9728, section 5.1). */
  readonly metadataUrl?: string | undefined
}

/** The settings that every refusal of one guard shares. */
export interface RefusalOptions extends ChallengeOptions {
  /** Status for a request without a token; 401 by default. */
  readonly missingStatus: 401 | 403
  readonly onRefusal?: ((refusal: Refusal) => RefusalOverrides | undefined) | undefined
}

/** The reason of one refusal. */
export interface RefusalReason {
  readonly code: RefusalCode
  readonly id?: string | undefined
  readonly requirements?: RouteRequirements | undefined
  readonly cause?: CountersignError | undefined
  readonly scheme?: ChallengeScheme
  /** The nonce for the next proof, if one is required. */
  readonly nonce?: string | undefined
}

/** The schemes of a challenge: `DPoP` for a request that has it, both for a bound token that came as a bearer token. */
export type ChallengeScheme = 'Bearer' | 'DPoP' | 'both'

const titles = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const

const retryAfter = '5' // seconds; keys and status lists are requested again within that time

/** Creates a refusal: status, challenge (401 and 403 for a missing token or missing rights) and problem document. Only a 503 is worth a retry. */
export function newRefusal(
  { code, id, requirements, cause, scheme, nonce }: RefusalReason,
  options: RefusalOptions,
): Refusal {
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
  const refusal: Refusal = {
    allowed: false,
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(status === 503 ? { 'retry-after': retryAfter } : {}),
      ...(status < 500
        ? { 'www-authenticate': toChallenge(code, options, requirements, scheme) }
        : {}),
      ...(code === 'proof_nonce_required' && nonce !== undefined ? { 'dpop-nonce': nonce } : {}),
    },
    problem,
    body: problem,
    id: name,
    ...(cause === undefined ? {} : { cause }),
  }
  const { headers, ...overrides } = options.onRefusal?.(refusal) ?? {}
  return { ...refusal, ...overrides, headers: { ...refusal.headers, ...headers } }
}

/** Characters that a value of a challenge must not hold (RFC 6750, section 3); they are removed. */
const unquotable = /[^\x20\x21\x23-\x5b\x5d-\x7e]/g

/**
 * Returns the `WWW-Authenticate` header of a refusal (RFC 6750, section 3; RFC 9470, section 3; RFC 9728, section 5.1). A request without
 * credentials gets no error code (RFC 6750, section 3.1). A client that needs a token, another one or a wider one, reads here which scopes the route
 * requires, all at once: clients of MCP request what is named here. `DPoP` names the algorithms of proofs (RFC 9449, section 7.1).
 */
export function toChallenge(
  code: RefusalCode,
  { realm, metadataUrl }: ChallengeOptions = {},
  { scopes = [], acr = [], maxAge }: RouteRequirements = {},
  scheme: ChallengeScheme = 'Bearer',
): string {
  const entry: { readonly challenge?: string; readonly message: string } = guardFailures[code]
  const stepUp = entry.challenge === 'insufficient_user_authentication'
  const needsToken = code === 'token_missing' || entry.challenge === 'invalid_token'
  const namesScope = needsToken || code === 'scope_missing'
  const parameters = [
    quoted('realm', realm),
    quoted('error', entry.challenge),
    quoted('error_description', entry.challenge && entry.message),
    quoted('scope', namesScope && scopes.length > 0 ? scopes.join(' ') : undefined),
    quoted('acr_values', stepUp && acr.length > 0 ? acr.join(' ') : undefined),
    quoted('max_age', stepUp && maxAge !== undefined ? String(maxAge) : undefined),
    quoted('resource_metadata', metadataUrl),
    ...(scheme === 'DPoP' ? [algs] : []),
  ].filter((one) => one !== undefined)
  const first = scheme === 'DPoP' ? 'DPoP' : 'Bearer'
  const challenge = parameters.length === 0 ? first : `${first} ${parameters.join(', ')}`
  return scheme === 'both' ? `${challenge}, DPoP ${algs}` : challenge
}

const algs = `algs="${dpopAlgorithms.join(' ')}"`

function quoted(name: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : `${name}="${value.replace(unquotable, '')}"`
}

/**
 * Returns the body of a refusal as it is sent. For adapters.
 *
 * @example
 * import { createGuard, refusalBody } from '@countersign/guard'
 * import { requestView } from '@countersign/guard/fetch'
 *
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
 * const answer = await guard.check(requestView(new Request('https://api.example.com/notes')))
 * if (!answer.allowed) console.log(refusalBody(answer)) // {"type":"about:blank","title":"Unauthorized",…
 */
export function refusalBody({ body }: Pick<Refusal, 'body'>): string {
  return typeof body === 'string' ? body : JSON.stringify(body)
}
