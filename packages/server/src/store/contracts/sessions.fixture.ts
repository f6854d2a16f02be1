import { rotateRefreshToken } from '../../domain/sessions/rotate-refresh-token.ts'
import type { Secret } from '../../domain/kernel/secret.ts'
import type { Session, SessionGrant } from '../../domain/sessions/session.ts'
import { startSession } from '../../domain/sessions/start-session.ts'
import type { Store } from '../../domain/store.ts'
import { newUser } from '../../domain/users/user.ts'
import { noMetrics } from '../../platform/observability/metrics.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import { noHooks, policies, testRoot } from './policies.fixture.ts'

/** The operations of the tests on sessions, on one store and at a time that they choose. */
export interface SessionUser {
  /** Signs a new user in. */
  signIn(): Promise<SessionGrant>
  refresh(token: Secret, at: number, key?: Secret): Promise<SessionGrant>
  /** The same, as the code of the failure or `good`. */
  verdict(token: Secret, at: number, key?: Secret): Promise<string>
  /** Writes a session as it is given. */
  add(
    session: Session,
    hashes?: { readonly handle: string; readonly secret: string },
  ): Promise<boolean>
  /** Ends one, as a sign-out does. */
  end(id: string, at: number): Promise<boolean>
  /** Ends those of a user. */
  endAll(userId: string, at: number, except?: string): Promise<readonly string[]>
}

/** Works on one store. */
export function sessionUser(store: Store): SessionUser {
  const runtimeAt = (now: number) => ({
    store,
    clock: { now: () => now },
    random: systemRandom,
    root: testRoot,
    policies,
    metrics: noMetrics,
    hooks: noHooks,
  })
  const refresh: SessionUser['refresh'] = (token, at, key) =>
    rotateRefreshToken(runtimeAt(at), token, {}, { idempotencyKey: key })
  return {
    refresh,
    add: (session, hashes = { handle: session.id, secret: 'x' }) =>
      store.transaction((tx) => tx.sessions.add(session, hashes)),
    end: (id, at) => store.transaction((tx) => tx.sessions.end(id, at, 'logout')),
    endAll: (userId, at, except) =>
      store.transaction((tx) => tx.sessions.endAll(userId, at, 'logout', except)),
    async signIn() {
      const id = `u_${systemRandom.bytes(8).toString('hex')}`
      const user = newUser(id, id, 0)
      await store.users.add(user, id, 'hash')
      return startSession(runtimeAt(0), { user, hash: 'hash', amr: ['pwd'] }, {})
    },
    verdict: (token, at, key) =>
      refresh(token, at, key).then(
        () => 'good',
        (error: { code: string }) => error.code,
      ),
  }
}
