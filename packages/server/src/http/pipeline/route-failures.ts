import { guardFailures, type RefusalCode } from '@countersign/guard'
import {
  callerFailures as ownFailures,
  type CallerFailureCode as OwnFailureCode,
} from '../../failures/caller-failures.ts'
import type { Route } from './route.ts'

/** A failure code that callers can get. */
export type CallerFailureCode = OwnFailureCode | RefusalCode

/** A failure's status and message. */
export interface CallerFailure {
  readonly status: number
  readonly message: string
}

/** Every failure code that callers can get: those of the guard, and those of the server except the ones that only operators see. */
export const callerFailures: ReadonlyMap<string, CallerFailure> = new Map(
  Object.entries<CallerFailure>({ ...guardFailures, ...ownFailures }).filter(
    ([code, { status }]) => status !== 500 || code === 'internal',
  ),
)

type Part = Pick<
  Route,
  'access' | 'method' | 'maxAge' | 'body' | 'form' | 'query' | 'limit' | 'failures'
>

/** Returns every failure code of a route: those of its steps, in their order, then its own. */
export function failuresOf(one: Part): readonly CallerFailureCode[] {
  const { access, method, maxAge, body, form, query, limit, failures } = one
  const codes: CallerFailureCode[] = []
  if (access !== 'public') codes.push('token_expired', 'token_invalid', 'token_revoked')
  if (access !== 'public') codes.push('authorization_malformed', 'sign_in_required')
  if (access !== 'public' && method !== 'GET') codes.push('request_cross_site')
  if (access !== 'public' && access !== 'optional') codes.unshift('token_missing')
  if (access === 'user' || access === 'admin') codes.push('second_factor_missing')
  if (access === 'openid') codes.push('scope_missing', 'proof_invalid')
  if (access === 'admin') codes.push('role_missing', 'scope_missing', 'administrators_only')
  if (access === 'admin' && method !== 'GET') codes.push('session_ended')
  if (maxAge !== undefined) codes.push('authentication_too_old')
  if (typeof limit === 'string') codes.push('limit_exceeded')
  if (query) codes.push('query_invalid')
  if (body) codes.push(...(form ? formFailures : bodyFailures))
  return [...new Set([...codes, ...failures])]
}

/** The failures that every route may have, and none lists: they are about the database, not the request. */
export const databaseFailures = [
  'database_unreachable',
  'database_unusable',
  'database_moving',
] as const

const formFailures = ['body_too_large', 'body_cut_off', 'parameter_invalid'] as const

const bodyFailures = [
  'body_type_wrong',
  'body_too_large',
  'body_cut_off',
  'body_not_utf8',
  'body_malformed',
  'body_not_object',
  'body_ambiguous',
  'body_invalid',
] as const
