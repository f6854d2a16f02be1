import type { TestContext } from 'node:test'
import { noMetrics } from '../platform/observability/metrics.ts'
import { testHasher } from '../platform/crypto/test-hasher.ts'
import { systemRandom } from '../platform/crypto/random.ts'
import { makeAdministrator } from '../store/contracts/administrator.fixture.ts'
import { ringRuntime } from '../store/contracts/keys.fixture.ts'
import { policies } from '../store/contracts/policies.fixture.ts'
import { openTestThread } from '../store/sqlite/test-thread.ts'
import { createStore } from '../store/store.ts'
import type { ActingAdministrator } from './administration/actor.ts'
import { commandLine } from './audit-log/event.ts'
import { signIn } from './authentication/sign-in.ts'
import { Secret } from './kernel/secret.ts'
import { createAttemptQueue } from './limits/attempt-queue.ts'
import type { Owner } from './passwords/confirm-password.ts'
import { addUser } from './registration/register-user.ts'

/** The password of every user in the tests of operations. */
export const password = new Secret('correct horse battery')

/** Opens a store in memory with everything that operations need, and closes it after the test. */
export async function openDomain(t: TestContext) {
  const store = await createStore(
    { kind: 'sqlite', file: ':memory:' },
    { openThread: openTestThread },
  )
  t.after(() => store.close())
  const deps = {
    ...ringRuntime(store, 1),
    store,
    random: systemRandom,
    hasher: testHasher,
    attemptQueue: createAttemptQueue(),
    commonPasswords: async () => () => false,
    metrics: noMetrics,
    policies,
  }
  return {
    deps,
    /** Makes an administrator who is signed in. */
    administrator: (name: string): Promise<ActingAdministrator> =>
      makeAdministrator(deps, name, password),
    /** Makes a user who is signed in, as the owner of their account. */
    async owner(name: string): Promise<Owner> {
      const user = await addUser(deps, name, password, { by: commandLine })
      const { session } = await signIn(deps, name, password, {})
      return { userId: user.id, sessionId: session.id, password, client: {} }
    },
  }
}
