import type { Refused } from '@countersign/guard'
import { isCountersignError } from '@countersign/token'
import type { Log } from '../domain/ports.ts'
import { fail, serverFailures, type ServerFailureCode } from '../failures.ts'

/** A no on its way out: a guard's refusal, or anything that was thrown. */
export type No = { readonly refused: Refused } | { readonly error: unknown }

/**
 * Turns any no into a problem document (RFC 9457) and writes it to the log: the only place where errors are caught. What is
 * not ours becomes `internal`: logged whole, while the caller gets the request id and nothing else.
 */
export function toProblem(no: No, requestId: string, log: Log): Response {
  const instance = `urn:uuid:${requestId}`
  if ('refused' in no) {
    const { problem, status, headers, cause } = no.refused
    log.info({ requestId, code: cause?.code ?? problem.code, facts: cause?.facts }, 'refused')
    return Response.json({ ...problem, instance }, { status, headers: { ...headers } })
  }
  const known = isCountersignError(no.error) && Object.hasOwn(serverFailures, no.error.code)
  const error = known ? no.error : fail('internal', { cause: no.error })
  const code = error.code as ServerFailureCode // just shown to be in the catalogue
  const entry = serverFailures[code]
  const { status } = entry
  // From 500 on it is an operator's matter: a detail could tell a caller about the inside.
  const shown = status === 500 ? 'internal' : code
  const message = status >= 500 ? serverFailures[shown].message : error.message
  if (status >= 500) log.error({ requestId, code, error }, 'failed')
  else log.info({ requestId, code, facts: error.facts }, 'refused')
  const headers = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...('challenge' in entry ? { 'www-authenticate': entry.challenge } : {}),
    ...(status === 503 || status === 429 ? { 'retry-after': '1' } : {}),
  }
  const title = titles[status]
  return Response.json(
    { type: 'about:blank', title, status, code: shown, message, instance },
    { status, headers },
  )
}

const titles = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const
