import type { GuardExplanation } from '@countersign/guard'
import { isCountersignError, type CountersignError } from '@countersign/token'
import { Secret } from '../../domain/kernel/secret.ts'
import type { Log } from '../../domain/kernel/ports.ts'
import type { Services } from './services.ts'
import { callerFailures, type CallerFailureCode } from '../../failures/caller-failures.ts'
import { fail, serverFailures } from '../../failures.ts'
import type { ExplainedRefusal } from './access.ts'
import type { RequestIds } from './middleware.ts'

/** The outcome of a failed request: a guard's refusal or a thrown error. */
export type FailedRequest = { readonly refused: ExplainedRefusal } | { readonly error: unknown }

/** The dependencies of problem documents. */
export type ProblemDeps = Pick<Services, 'log' | 'metrics'> & {
  readonly issuer: Pick<Services['issuer'], 'url'>
}

/**
 * Turns a failed request into a problem document (RFC 9457) and logs it. It is the only place that catches errors. An error without a failure
 * code becomes `internal`: the log gets all of it, and the caller gets the request id and nothing else.
 */
export function toProblem(
  failed: FailedRequest,
  { requestId, outer }: RequestIds,
  { log, metrics, issuer }: ProblemDeps,
): Response {
  const instance = `urn:uuid:${requestId}`
  if ('refused' in failed) {
    const { problem, status, headers, cause, explanation } = failed.refused
    const code = cause?.code ?? problem.code
    metrics.count('refusals_total', { code })
    log.info({ requestId, outer, code, ...causeOf(explanation) }, 'refused')
    const type = problemType(issuer.url, problem.code)
    const body = { ...problem, type, title: problem.message, instance }
    return Response.json(body, { status, headers: { ...headers } })
  }
  const known = isCountersignError(failed.error) && Object.hasOwn(serverFailures, failed.error.code)
  const error = known ? failed.error : fail('internal', { cause: failed.error })
  const { code } = error
  metrics.count('refusals_total', { code })
  // A caller learns no code and no detail of a failure that only operators meet.
  const shown = Object.hasOwn(callerFailures, code) ? (code as CallerFailureCode) : 'internal'
  const entry = callerFailures[shown]
  const { status } = entry
  const message = isFault(status) ? entry.message : error.message
  logFailure(log, { requestId, outer }, error, status)
  const headers = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...('challenge' in entry ? { 'www-authenticate': entry.challenge } : {}),
    ...(status === 503 || status === 429 ? { 'retry-after': waitOf(error) } : {}),
  }
  const type = problemType(issuer.url, shown)
  const title = entry.message
  const body = { type, title, status, code: shown, message, instance, ...membersOf(error) }
  return Response.json(body, { status, headers })
}

/** Returns the members that a problem has besides (RFC 9457, section 3.2): the secret that continues a sign-in, and by which factors. */
function membersOf({ facts: { signIn, factors } }: CountersignError) {
  return signIn instanceof Secret ? { sign_in: signIn.reveal(), factors } : {}
}

/** States of a server that is not at fault, each of which many requests meet in a row. */
const states: ReadonlySet<string> = new Set<CallerFailureCode>([
  'busy',
  'feed_full',
  'database_moving',
])

/**
 * Logs a failed request: what `countersign explain` finds by the request id. Messages quote nothing that a caller sent. A failure of the server has
 * its stack in the log; refusals and the states of a server are logged in a few words.
 */
export function logFailure(
  log: Pick<Log, 'info' | 'error'>,
  { requestId, outer }: RequestIds,
  error: CountersignError,
  status: number,
): void {
  const { code, detail, facts } = error
  if (isFault(status) && !states.has(code))
    log.error({ requestId, outer, code, facts, error }, 'failed')
  else log.info({ requestId, outer, code, detail, facts }, 'refused')
}

/** Returns whether a status is about the server; 501 is about the request (RFC 9110, section 15.6.2). */
function isFault(status: number): boolean {
  return status >= 500 && status !== 501
}

/** Returns the `type` of a problem: the URL of the page about it. */
function problemType(issuer: string, code: string): string {
  return `${issuer}/problems/${code}`
}

/** Returns what the log says about a refused token: the check that failed, and its usual cause. `countersign explain` reads it. */
function causeOf({ checks, likelyCause }: GuardExplanation) {
  const failed = checks.find(({ verdict }) => verdict === 'failed')
  return { check: failed?.name, expected: failed?.expected, found: failed?.found, likelyCause }
}

/** Returns the seconds until a retry is useful: the wait of a rate limit, else one second. */
export function waitOf({ facts }: CountersignError): string {
  const { retryAfter } = facts
  return String(typeof retryAfter === 'number' ? retryAfter : 1)
}
