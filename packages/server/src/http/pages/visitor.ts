import { isCountersignError } from '@countersign/token'
import type { Services } from '../pipeline/services.ts'
import { rotateRefreshToken } from '../../domain/sessions/rotate-refresh-token.ts'
import { stateOf } from '../../domain/sessions/session.ts'
import type { ClientInfo } from '../../domain/kernel/client-info.ts'
import { issueTokens } from '../../domain/authentication/issue-tokens.ts'
import type { Access } from '../pipeline/access.ts'
import type { Cookies } from '../browser/cookies.ts'
import { sessionOf } from '../api/schemas.ts'
import type { Visitor } from './page.ts'

/** Whoever looks at a page; `over` when their cookies are of a session that is. */
export type Known = Visitor | 'over' | undefined

/**
 * Finds out who looks at a page. An access token that has expired is refreshed here, in passing, for a page without script cannot do
 * it. The session itself is looked at too: pages are few, and whoever was signed out a moment ago sees nothing more.
 */
export async function visitorOf(
  runtime: Services,
  { access, cookies, request, client }: Asking,
): Promise<Known> {
  const answer = await access({ access: 'optional' }, request)
  if (answer && !('allowed' in answer)) {
    const known = await find(runtime, answer.subject, sessionOf(answer))
    if (known) return known
  }
  const shown = cookies.refreshToken()
  if (!shown) return answer ? over(cookies) : undefined
  try {
    const continued = await rotateRefreshToken(runtime, shown, client)
    cookies.give(issueTokens(runtime, continued), continued.session.expiresAt - runtime.clock.now())
    return { user: continued.user, session: continued.session }
  } catch (error) {
    if (isCountersignError(error) && endings.has(error.code)) return over(cookies)
    throw error
  }
}

/** Whether somebody who was known a while ago still is: as they are now, or `over`. */
export async function visitorAgain(
  runtime: Services,
  { user, session }: Visitor,
  cookies: Cookies,
): Promise<Visitor | 'over'> {
  return (await find(runtime, user.id, session.id)) ?? over(cookies)
}

/** What asking takes. */
export interface Asking {
  readonly access: Access
  readonly cookies: Cookies
  readonly request: Request
  readonly client: ClientInfo
}

const endings: ReadonlySet<string> = new Set([
  'refresh_token_unknown',
  'refresh_token_expired',
  'refresh_token_reused',
  'session_ended',
])

function over(cookies: Cookies): 'over' {
  cookies.clear()
  return 'over'
}

async function find(
  { store, clock }: Pick<Services, 'store' | 'clock'>,
  userId: string,
  sessionId: string,
): Promise<Visitor | undefined> {
  const [user, session] = await Promise.all([
    store.users.find(userId),
    store.sessions.find(sessionId),
  ])
  if (!user || user.disabledAt !== null || session?.userId !== user.id) return undefined
  return stateOf(session, clock.now()) === 'alive' ? { user, session } : undefined
}
