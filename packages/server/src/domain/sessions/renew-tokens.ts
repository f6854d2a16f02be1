import type { RecordDeps } from '../audit-log/record-event.ts'
import { hashOf } from '../kernel/secret.ts'
import { assignStatusIndex } from '../revocation/assign-status-index.ts'
import { newRefreshToken, writeRefreshToken } from './refresh-token.ts'
import type { Session, SessionGrant } from './session.ts'
import type { SessionTx } from './sessions.ts'

/**
 * Revokes the access tokens of locked sessions, and ends none of them: each gets a new status index, and the bit of the old one is set. Guards
 * refuse the old access tokens, and the next refresh brings new ones. Returns the sessions with their new indices. Call it after every other
 * change to sessions in the transaction: from here to its commit, other transactions that set bits wait.
 */
export async function revokeAccessTokens(
  deps: Pick<RecordDeps, 'clock' | 'random'>,
  tx: SessionTx,
  sessions: readonly Session[],
): Promise<readonly Session[]> {
  const renewed: Session[] = []
  for (const session of sessions) {
    const status = await assignStatusIndex(deps, tx, (one) =>
      tx.sessions.setStatus(session.id, one),
    )
    renewed.push({ ...session, status })
  }
  const revoked = sessions.flatMap(({ status }) => status ?? [])
  await tx.sessions.revoke(revoked, deps.clock.now())
  return renewed
}

/**
 * Gives a locked session, whose user has just proven who they are, new tokens, and makes every token that it had useless, without a grace: a
 * copy of one may be a thief's. The new refresh token has a new handle too, so that the thief's is of no session and cannot end this one.
 */
export async function renewTokens(
  deps: Pick<RecordDeps, 'clock' | 'random'>,
  tx: SessionTx,
  session: Session,
): Promise<Pick<SessionGrant, 'session' | 'refreshToken'>> {
  const token = newRefreshToken(deps.random)
  const hashes = { handle: hashOf(token.handle), secret: hashOf(token.secret) }
  await tx.sessions.replaceRefreshToken(session.id, hashes)
  const [renewed = session] = await revokeAccessTokens(deps, tx, [session])
  return { session: renewed, refreshToken: writeRefreshToken(token) }
}
