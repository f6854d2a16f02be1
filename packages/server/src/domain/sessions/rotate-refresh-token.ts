import { fail } from '../../failures.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import type { Runtime } from '../../runtime.ts'
import type { Secret } from '../kernel/secret.ts'
import type { FoundSession } from './sessions.ts'
import { ensureStatusIndex } from '../revocation/assign-status-index.ts'
import type { User } from '../users/user.ts'
import { endingOf } from './end-sessions.ts'
import {
  hashOf,
  newRefreshToken,
  decryptSuccessor,
  readRefreshToken,
  encryptSuccessor,
  writeRefreshToken,
  type RefreshToken,
} from './refresh-token.ts'
import { advance, judge, type Rotation, type Verdict } from './rotation.ts'
import type { Session } from './session.ts'
import type { ClientInfo } from './start-session.ts'

type Needs = Pick<Runtime, 'store' | 'clock' | 'random' | 'root' | 'policies' | 'metrics'>

/** A session that goes on, and the refresh token that is good for it now. */
export interface SessionGrant {
  readonly session: Session
  readonly user: User
  readonly refreshToken: Secret
}

/**
 * Trades a refresh token for the next one of its session.
 *
 * An honest client whose answer got lost asks again and gets the *same* successor, or the newest one that has followed. Nothing
 * is locked: the write happens only where the token is still the current one of a session that has not ended, and whoever
 * comes too late for that looks again. What it finds then has moved on (used, or ended), so it looks three times at most.
 *
 * Fails with `refresh_token_unknown`, `refresh_token_expired`, `refresh_token_reused` (the session has been ended),
 * `refresh_too_often`, `session_ended`. `client` is told to the audit log when it is a thief's, or the owner's who comes after one.
 */
export async function rotateRefreshToken(
  runtime: Needs,
  presented: Secret,
  client: ClientInfo = {},
): Promise<SessionGrant> {
  const { store, clock, policies, metrics } = runtime
  const counted = (verdict: Verdict | 'unknown') => metrics.count('refreshes_total', { verdict })
  const token = readRefreshToken(presented)
  const { grace } = policies.sessions
  for (;;) {
    const found = token && (await store.sessions.findByHandle(hashOf(token.handle)))
    if (!found) {
      counted('unknown')
      throw fail('refresh_token_unknown')
    }
    const verdict = judge(found.session, found.rotation, hashOf(token.secret), clock.now(), grace)
    const settled = await settle(runtime, verdict, found, token, client)
    if (settled === 'moved_on') continue
    counted(verdict)
    if (settled instanceof Error) throw settled
    const session = await ensureStatusIndex(runtime, settled.session)
    if (session) return { ...settled, session, user: found.user }
  }
}

/** Does what a verdict asks for: the tokens to give, or the failure; `moved_on` when the session is no more what was judged. */
async function settle(
  runtime: Needs,
  verdict: Verdict,
  { session, rotation }: FoundSession,
  token: RefreshToken,
  client: ClientInfo,
) {
  const facts = { session: session.id }
  switch (verdict) {
    case 'rotate': {
      const next = await tryToRotate(runtime, session, rotation, token)
      return next ? { session, refreshToken: writeRefreshToken(next) } : 'moved_on'
    }
    case 'repeat':
      return { session, refreshToken: writeRefreshToken(newest(rotation, token)) }
    case 'stolen': {
      const ended = await endStolen(runtime, session, client)
      return ended ? fail('refresh_token_reused', { facts }) : 'moved_on'
    }
    case 'expired':
      return fail('refresh_token_expired', { facts })
    case 'ended':
      return fail('session_ended', { facts })
    case 'hasty':
      return fail('refresh_too_often', { facts })
  }
}

/** Ends a session whose refresh token two parties hold; false when it had ended before. */
async function endStolen(
  runtime: Needs,
  { id, userId }: Session,
  personal: ClientInfo,
): Promise<boolean> {
  const { store, clock } = runtime
  const reason = 'refresh_token_reused'
  return store.transaction(async (tx) => {
    const ended = await tx.sessions.end(id, clock.now(), reason)
    if (ended) await recordEvents(runtime, tx, { ...endingOf(userId, id, reason), personal })
    return ended
  })
}

/** The next token, or nothing when the session has moved on since it was read. */
async function tryToRotate(
  { store, clock, random, policies }: Needs,
  session: Session,
  rotation: Rotation,
  token: RefreshToken,
): Promise<RefreshToken | undefined> {
  const { grace, idleLifetime } = policies.sessions
  const now = clock.now()
  const next = newRefreshToken(random, token.handle)
  const after = advance(
    rotation,
    { hash: hashOf(next.secret), sealed: encryptSuccessor(token, next, random) },
    now,
    grace,
  )
  const use = { at: now, idleExpiresAt: now + idleLifetime }
  return (await store.sessions.advance(session.id, rotation.current, after, use)) ? next : undefined
}

/** The newest token that has followed one used before: each opens the next. */
function newest({ current, used }: Rotation, from: RefreshToken): RefreshToken {
  let token = from
  for (let hash = hashOf(token.secret); hash !== current; hash = hashOf(token.secret)) {
    const step = used.find((one) => one.hash === hash)
    if (!step) throw new Error('a used refresh token leads nowhere') // none is forgotten before the ones that lead to it
    token = decryptSuccessor(token, step.successor)
  }
  return token
}
