import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { signIn } from '../../domain/authentication/sign-in.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import { createAttemptQueue } from '../../domain/limits/attempt-queue.ts'
import { changePassword } from '../../domain/passwords/change-password.ts'
import { registerUser } from '../../domain/registration/register-user.ts'
import type { StatusIndex } from '../../domain/revocation/status-list.ts'
import { rotateRefreshToken } from '../../domain/sessions/rotate-refresh-token.ts'
import type { Session, SessionGrant } from '../../domain/sessions/session.ts'
import type { Store } from '../../domain/store.ts'
import { createPasswordHasher } from '../../platform/crypto/password-hasher.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import { noMetrics } from '../../platform/observability/metrics.ts'
import type { Database } from '../store.ts'
import { openHandles } from './handles.fixture.ts'
import { policies, testRoot } from './policies.fixture.ts'

const [first, second] = [new Secret('correct horse battery'), new Secret('donaudampfschiffahrt')]
const rounds = 20

/** What every store must do for users who change their own account, races included, with so many handles on one database. */
export function accountContract(
  name: string,
  locate: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the account contract: ${name}`, () => {
    const stores: Store[] = []
    const attemptQueue = createAttemptQueue()
    const hasher = createPasswordHasher({ memoryKiB: 8, passes: 1 })
    before(async () => {
      stores.push(...(await openHandles(await locate('account'), handles)))
    })
    after(async () => {
      await hasher.close()
      await Promise.all(stores.map((one) => one.close()))
    })

    const runtime = (index = 0) => ({
      store: stores[index % stores.length]!,
      clock: { now: () => 1 },
      random: systemRandom,
      hasher,
      attemptQueue,
      commonPasswords: async () => () => false,
      root: testRoot,
      policies,
      metrics: noMetrics,
    })
    let made = 0
    /** Registers a user who is signed in. */
    async function member() {
      const user = await registerUser(runtime(), `member ${made++}`, first)
      const grant = await signIn(runtime(), user.name, first, {})
      const owner = { userId: user.id, sessionId: grant.session.id, password: first, client: {} }
      return { user, grant, owner }
    }

    /** Returns which indices are revoked: guards refuse the access tokens that name them. */
    async function revoked() {
      const textOf = ({ list, index }: StatusIndex) => `${list}/${index}`
      const changes = await runtime().store.statusLists.changes(0, 100_000)
      const set = new Set(changes.map(textOf))
      return ({ status }: Session) => status !== null && set.has(textOf(status))
    }

    test('[18.2] however many copies of a session are refreshed while its password is changed, one is left', async () => {
      for (let round = 0; round < rounds; round++) {
        const { grant, owner } = await member()
        const grants: SessionGrant[] = [grant]
        const answered = new AbortController()
        const copies = Array.from({ length: 6 }, async (_, at) => {
          let token = grant.refreshToken
          do {
            const next = await rotateRefreshToken(runtime(at), token).catch(
              (error: { code: string }) => void assert.match(error.code, /unknown|too_often/),
            )
            if (!next) return
            grants.push(next)
            token = next.refreshToken
          } while (!answered.signal.aborted)
        })
        const change = changePassword(runtime(round), owner, second)
        const { grant: own } = await change.finally(() => answered.abort())
        await Promise.all(copies)
        const isRevoked = await revoked()
        for (const one of grants) {
          await assert.rejects(rotateRefreshToken(runtime(), one.refreshToken), {
            code: 'refresh_token_unknown',
          })
          assert.ok(isRevoked(one.session), 'its access token is refused')
        }
        assert.ok(!isRevoked(own.session))
        const found = await runtime().store.sessions.find(owner.sessionId)
        assert.deepEqual(found, own.session)
        await rotateRefreshToken(runtime(), own.refreshToken)
      }
    })
  })
}
