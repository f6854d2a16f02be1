import type { GuardExplanation } from '@countersign/guard'
import { isCountersignError, type CountersignError } from '@countersign/token'
import type { Services } from './services.ts'
import { fail, serverFailures, type ServerFailureCode } from '../../failures.ts'
import type { ExplainedRefusal } from './access.ts'
import type { Env } from './edge.ts'

/** A no on its way out: a guard's refusal, or anything that was thrown. */
export type No = { readonly refused: ExplainedRefusal } | { readonly error: unknown }

/** What a request is known by: our own id, and that of the proxy in front. */
type Ids = Pick<Env['Variables'], 'requestId' | 'outer'>

/**
 * Turns any no into a problem document (RFC 9457) and writes it to the log: the only place where errors are caught. What is
 * not ours becomes `internal`: logged whole, while the caller gets the request id and nothing else.
 */
export function toProblem(
  no: No,
  { requestId, outer }: Ids,
  { log, metrics, issuer }: Pick<Services, 'log' | 'metrics' | 'issuer'>,
): Response {
  const instance = `urn:uuid:${requestId}`
  if ('refused' in no) {
    const { problem, status, headers, cause, explanation } = no.refused
    const code = cause?.code ?? problem.code
    metrics.count('refusals_total', { code })
    log.info({ requestId, outer, code, ...causeOf(explanation) }, 'refused')
    const type = problemType(issuer.url, problem.code)
    const body = { ...problem, type, title: problem.message, instance }
    return Response.json(body, { status, headers: { ...headers } })
  }
  const known = isCountersignError(no.error) && Object.hasOwn(serverFailures, no.error.code)
  const error = known ? no.error : fail('internal', { cause: no.error })
  const code = error.code as ServerFailureCode // just shown to be in the catalogue
  const entry = serverFailures[code]
  metrics.count('refusals_total', { code })
  const { status } = entry
  // From 500 on it is an operator's matter: a detail could tell a caller about the inside.
  const shown = status === 500 ? 'internal' : code
  const message = status >= 500 ? serverFailures[shown].message : error.message
  if (status >= 500) log.error({ requestId, outer, code, error }, 'failed')
  else log.info({ requestId, outer, code, facts: error.facts }, 'refused')
  const headers = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...('challenge' in entry ? { 'www-authenticate': entry.challenge } : {}),
    ...(status === 503 || status === 429 ? { 'retry-after': waitOf(error) } : {}),
  }
  const type = problemType(issuer.url, shown)
  const title = serverFailures[shown].message
  return Response.json({ type, title, status, code: shown, message, instance }, { status, headers })
}

/** Names a kind of problem, and is the address of the page about it. */
function problemType(issuer: string, code: string): string {
  return `${issuer}/problems/${code}`
}

/** What the log says of a refused token: the check that failed, and the usual mistake behind it. It is what `countersign explain` reads. */
function causeOf({ checks, likelyCause }: GuardExplanation) {
  const failed = checks.find(({ verdict }) => verdict === 'failed')
  return { check: failed?.name, expected: failed?.expected, found: failed?.found, likelyCause }
}

/** Seconds until it is worth trying again: where a limit says so its wait, else one. */
function waitOf({ facts }: CountersignError): string {
  const { retryAfter } = facts
  return String(typeof retryAfter === 'number' ? retryAfter : 1)
}
