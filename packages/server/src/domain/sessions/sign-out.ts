import type { ClientInfo } from '../kernel/client-info.ts'
import { hashOf, type Secret } from '../kernel/secret.ts'
import {
  endSessionIn,
  endSessionsIn,
  holdsSession,
  type EndSessionDeps,
  type SessionOwner,
} from './end-sessions.ts'
import { readRefreshToken } from './refresh-token.ts'
import { endStolen } from './rotate-refresh-token.ts'
import { presentedTokenOf } from './next-refresh-token.ts'
import { tokenStateOf } from './refresh-rotation.ts'
import type { Session, SessionPolicy } from './session.ts'

/** The options of a sign-out. */
export interface SignOut {
  /** True to end all sessions of the user. */
  readonly everywhere?: boolean | undefined
  /**
   * The reason why the session ends: by default its user signs out; `replaced` if its browser signed in again; `hook_failed` and
   * `sign_in_refused` by the application around this server.
   */
  readonly reason?: 'logout' | 'replaced' | 'hook_failed' | 'sign_in_refused'
  /** The session that replaces it: if it is of the same user, the grants of applications go on with it. */
  readonly successor?: Session | undefined
  /** The key with which the client has sent a refresh token that was never answered. */
  readonly idempotencyKey?: Secret | undefined
}

/**
 * Signs a user out by a session, also by one that has expired: an access token of it may still be valid. A session that has ended meanwhile ends
 * nothing else, because a thief's session must not end the user's.
 */
export async function signOut(
  deps: EndSessionDeps,
  owner: SessionOwner,
  { everywhere = false, reason = 'logout', successor }: SignOut = {},
): Promise<void> {
  const { userId, sessionId: id } = owner
  await deps.store.transaction(async (tx) => {
    if (!(await holdsSession(tx, owner))) return
    const next = successor && (await tx.sessions.lock(successor.id)) // it may have ended since: then nothing would end the grants
    if (next?.userId === userId && next.endedAt === null) await tx.sessions.moveGrants(id, next.id)
    if (everywhere) await endSessionsIn(deps, tx, { userId, reason })
    else await endSessionIn(deps, tx, { userId, id, reason })
  })
}

/** The dependencies of {@link signOutByRefreshToken}. */
export interface SignOutDeps extends EndSessionDeps {
  readonly policies: { readonly sessions: SessionPolicy }
}

/**
 * Signs out by a refresh token: for a client whose access token has expired, and for a browser that signs in again, whose earlier session its user
 * could not end any more. It may belong to another user: holding a refresh token is enough to end its session. A token that is used up is held by
 * two parties, so it ends its own session as `refresh_token_reused`, and no other. A token that is not valid, and that
 * of an application, ends nothing.
 */
export async function signOutByRefreshToken(
  deps: SignOutDeps,
  presented: Secret | undefined,
  client: ClientInfo,
  how: SignOut = {},
): Promise<void> {
  const { store, clock, policies } = deps
  const token = presented && readRefreshToken(presented)
  const found = token && (await store.sessions.findByHandle(hashOf(token.handle)))
  if (!found || found.session.grant) return
  const { session, rotation } = found
  const shown = presentedTokenOf(deps, { token, idempotencyKey: how.idempotencyKey }, rotation)
  if (tokenStateOf(rotation, shown, clock.now(), policies.sessions.grace) === 'used_up')
    await endStolen(deps, session, token, client)
  else await signOut(deps, { userId: session.userId, sessionId: session.id }, how)
}
