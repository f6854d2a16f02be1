import { isCountersignError, type CountersignError } from '@countersign/token'
import { callerFailures, type CallerFailure } from '../../failures/caller-failures.ts'
import { fail } from '../../failures.ts'
import type { RequestIds } from './middleware.ts'
import { logFailure, waitOf } from './problem.ts'
import type { Services } from './services.ts'

/**
 * Turns an error into the answer of an OAuth endpoint (RFC 6749, section 5.2), and logs it. Clients of OAuth read `error`, and no problem
 * document; `error_description` is for their developers.
 */
export function toOAuthError(
  thrown: unknown,
  { requestId, outer }: RequestIds,
  { log, metrics }: Pick<Services, 'log' | 'metrics'>,
): Response {
  const error = isKnown(thrown) ? thrown : fail('internal', { cause: thrown })
  const { code } = error
  metrics.count('refusals_total', { code })
  const entry: CallerFailure = callerFailures[code as keyof typeof callerFailures] // isKnown
  const { status, oauth = oauthCodeOf(status), challenge } = entry
  logFailure(log, { requestId, outer }, error, status)
  const headers = {
    'cache-control': 'no-store',
    ...(challenge === undefined ? {} : { 'www-authenticate': challenge }),
    ...(code === 'dpop_nonce_required' && { 'dpop-nonce': String(error.facts['nonce']) }),
    ...(status === 503 || status === 429 ? { 'retry-after': waitOf(error) } : {}),
  }
  const error_description = toDescription(status >= 500 ? entry.message : error.message)
  return Response.json({ error: oauth, error_description }, { status: statusOf(status), headers })
}

function isKnown(error: unknown): error is CountersignError {
  return isCountersignError(error) && Object.hasOwn(callerFailures, error.code)
}

/** Errors of a request are 400, also where another route has another status (RFC 6749, section 5.2). */
function statusOf(status: number): number {
  return status < 500 && status !== 401 && status !== 429 ? 400 : status
}

function oauthCodeOf(status: number): string {
  if (status === 429 || status === 503) return 'temporarily_unavailable'
  return status >= 500 ? 'server_error' : 'invalid_request'
}

/** Leaves out the characters that RFC 6749 does not allow there. */
function toDescription(message: string): string {
  return message.replaceAll(/[^\x20-\x21\x23-\x5B\x5D-\x7E]/g, '')
}
