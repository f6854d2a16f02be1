import { isCountersignError } from '@countersign/token'
import { isBelowPolicy } from '../../domain/factors/factor-policy.ts'
import type { Services } from '../pipeline/services.ts'
import { rotateRefreshToken } from '../../domain/sessions/rotate-refresh-token.ts'
import { stateOf } from '../../domain/sessions/session.ts'
import type { ClientInfo } from '../../domain/kernel/client-info.ts'
import { giveTokenCookies } from '../api/token-response.ts'
import type { Cookies } from '../browser/cookies.ts'
import { sessionIdOf, type Access } from '../pipeline/access.ts'
import type { Visitor } from './page.ts'

/** The signed-in visitor of a page, if any; `session_ended` if the cookies belong to a session that has ended. */
export type MaybeVisitor = Visitor | 'session_ended' | undefined

/** The parts of a request that {@link visitorOf} reads. */
export interface VisitorRequest {
  readonly access: Access
  readonly cookies: Cookies
  readonly request: Request
  readonly client: ClientInfo
}

/**
 * Finds the visitor of a page. It refreshes an expired access token, since a page without script cannot. It also reads the session from the
 * store: page views are few, and a visitor who was signed out must see nothing more.
 */
export async function visitorOf(
  runtime: Services,
  { access, cookies, request, client }: VisitorRequest,
): Promise<MaybeVisitor> {
  const answer = await access({ access: 'optional' }, request)
  if (answer && !('allowed' in answer)) {
    const visitor = await find(runtime, answer.subject, sessionIdOf(answer))
    if (visitor) return visitor
  }
  const presented = cookies.refreshToken()
  if (!presented) return answer ? clearSession(cookies) : undefined
  try {
    const grant = await rotateRefreshToken(runtime, presented, client)
    await giveTokenCookies(runtime, grant, cookies)
    return { user: grant.user, session: grant.session }
  } catch (error) {
    if (isCountersignError(error) && endings.has(error.code)) return clearSession(cookies)
    throw error
  }
}

/** Reads the visitor of the same request once more, later: their user and session as they are now, or `session_ended`. */
export async function reloadVisitor(
  runtime: Services,
  before: MaybeVisitor,
  cookies: Cookies,
): Promise<MaybeVisitor> {
  if (typeof before !== 'object') return before
  return (await find(runtime, before.user.id, before.session.id)) ?? clearSession(cookies)
}

const endings: ReadonlySet<string> = new Set([
  'refresh_token_unknown',
  'refresh_token_expired',
  'refresh_token_reused',
  'session_ended',
  'second_factor_missing',
])

function clearSession(cookies: Cookies): 'session_ended' {
  cookies.clear()
  return 'session_ended'
}

async function find(
  { store, clock, policies }: Pick<Services, 'store' | 'clock' | 'policies'>,
  userId: string,
  sessionId: string,
): Promise<Visitor | undefined> {
  const [user, session] = await Promise.all([
    store.users.find(userId),
    store.sessions.find(sessionId),
  ])
  if (!user || user.disabledAt !== null || session?.userId !== user.id || session.grant)
    return undefined
  if (isBelowPolicy(policies.factors, user, session)) return undefined
  return stateOf(session, clock.now()) === 'alive' ? { user, session } : undefined
}
