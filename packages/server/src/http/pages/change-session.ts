import type { ClientInfo } from '../../domain/kernel/client-info.ts'
import { signOut, signOutByRefreshToken } from '../../domain/sessions/sign-out.ts'
import { giveTokenCookies } from '../api/token-response.ts'
import type { Cookies } from '../browser/cookies.ts'
import type { Services } from '../pipeline/services.ts'
import type { FormResult } from './page.ts'
import type { MaybeVisitor } from './visitor.ts'

/**
 * Signs a browser in or out, as a form or a page says. Its earlier session ends: no cookie of it is left, and its user could not end it any
 * more.
 */
export async function changeSession(
  runtime: Services,
  { signedIn, signedOut }: Pick<FormResult, 'signedIn' | 'signedOut'>,
  { caller, client }: { readonly caller: MaybeVisitor; readonly client: ClientInfo },
  cookies: Cookies,
): Promise<void> {
  if (!signedIn && !signedOut) return
  const how = signedIn
    ? ({ reason: 'replaced', successor: signedIn.session } as const)
    : ({ reason: 'logout' } as const)
  if (signedIn) await giveTokenCookies(runtime, signedIn, cookies) // first: an application may refuse the sign-in
  const earlier = typeof caller === 'object' ? caller.session : undefined
  if (earlier && earlier.id !== signedIn?.session.id)
    await signOut(runtime, { userId: earlier.userId, sessionId: earlier.id }, how)
  await signOutByRefreshToken(runtime, cookies.refreshToken(), client, how)
  if (signedOut) cookies.clear()
}
