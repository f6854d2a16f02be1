import { rotateRefreshToken, type Continued } from '../domain/sessions/rotate-refresh-token.ts'
import type { Secret } from '../domain/secret.ts'
import { startSession } from '../domain/sessions/start-session.ts'
import type { Store } from '../domain/store.ts'
import { newUser } from '../domain/users/user.ts'
import { noMetrics } from '../ports/metrics.ts'
import { systemRandom } from '../ports/random.ts'
import { policies, testRoot } from './policies.fixture.ts'

/** What the tests do with sessions, on one store and at a time that they choose. */
export interface SessionUser {
  /** Signs a new user in. */
  signIn(): Promise<Continued>
  refresh(token: Secret, at: number): Promise<Continued>
  /** The same, as the code of the failure or `good`. */
  verdict(token: Secret, at: number): Promise<string>
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
  })
  const refresh = (token: Secret, at: number) => rotateRefreshToken(runtimeAt(at), token)
  return {
    refresh,
    async signIn() {
      const id = `u_${systemRandom.bytes(8).toString('hex')}`
      const user = newUser(id, id, 0)
      await store.users.add(user, id, 'hash')
      return startSession(runtimeAt(0), { user, hash: 'hash', amr: ['pwd'] }, {})
    },
    verdict: (token, at) =>
      refresh(token, at).then(
        () => 'good',
        (error: { code: string }) => error.code,
      ),
  }
}
