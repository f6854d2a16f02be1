import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { repetitions } from '@countersign/testing/proofs'
import { deleteOwnUser } from '../../domain/administration/delete-user.ts'
import { setOwnEmail } from '../../domain/administration/set-email.ts'
import { setPassword } from '../../domain/administration/set-password.ts'
import { setRoles } from '../../domain/administration/set-roles.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import { signIn } from '../../domain/authentication/sign-in.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import { createAttemptQueue } from '../../domain/limits/attempt-queue.ts'
import { changePassword } from '../../domain/passwords/change-password.ts'
import type { Owner } from '../../domain/passwords/confirm-password.ts'
import { registerUser } from '../../domain/registration/register-user.ts'
import type { StatusIndex } from '../../domain/revocation/status-list.ts'
import { endOtherSessions, endOwnSession } from '../../domain/sessions/end-sessions.ts'
import { signOut } from '../../domain/sessions/sign-out.ts'
import { rotateRefreshToken } from '../../domain/sessions/rotate-refresh-token.ts'
import type { Session, SessionGrant } from '../../domain/sessions/session.ts'
import type { Store } from '../../domain/store.ts'
import type { Database } from '../store.ts'
import { testPorts } from './test-ports.fixture.ts'
import { openHandles } from './handles.fixture.ts'
import { policies } from './policies.fixture.ts'

const [first, second] = [new Secret('correct horse battery'), new Secret('donaudampfschiffahrt')]
const third = new Secret('several words of no quotation')
const rounds = repetitions({ short: 6, long: 20 })

/** The contract of every store for users who change their own account, races included, with so many handles on one database. */
export function accountContract(
  name: string,
  locate: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the account contract: ${name}`, () => {
    const stores: Store[] = []
    const attemptQueue = createAttemptQueue()
    before(async () => {
      stores.push(...(await openHandles(await locate('account'), handles)))
    })
    after(async () => {
      await Promise.all(stores.map((one) => one.close()))
    })

    const runtime = (index = 0) => ({
      store: stores[index % stores.length]!,
      clock: { now: () => 1 },
      ...testPorts,
      attemptQueue,
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

    test('[18.6] however sessions start and are refreshed while a user is demoted, no access token keeps the roles', async () => {
      for (let round = 0; round < rounds; round++) {
        const { user } = await member()
        await setRoles(runtime(), user.id, ['billing'], commandLine)
        const grants = [await signIn(runtime(), user.name, first, {})]
        const answered = new AbortController()
        const devices = Array.from({ length: 6 }, async (_, at) => {
          let token = grants[0]!.refreshToken
          do {
            const next = await (
              at % 2
                ? signIn(runtime(at), user.name, first, {})
                : rotateRefreshToken(runtime(at), token)
            ).catch((error: { code: string }) => void assert.match(error.code, /too_often|busy/))
            if (!next) return
            grants.push(next)
            token = next.refreshToken
            // A slow demotion must not meet the 200 sessions that a user may have, which end the oldest.
          } while (!answered.signal.aborted && grants.length < 150)
        })
        const demotion = setRoles(runtime(round), user.id, [], commandLine)
        await demotion.finally(() => answered.abort())
        await Promise.all(devices)
        const isRevoked = await revoked()
        for (const one of grants) {
          assert.equal(isRevoked(one.session), one.user.roles.length > 0)
          const found = await runtime().store.sessions.find(one.session.id)
          assert.equal(found?.endedAt, null, 'and no session has ended')
        }
      }
    })

    test('[18.11] however late repeats race with a demotion, no access token keeps the roles', async () => {
      const late = { now: () => 1 + policies.sessions.grace }
      const key = new Secret('an idempotency key, at random')
      for (let round = 0; round < rounds; round++) {
        const { user } = await member()
        await setRoles(runtime(), user.id, ['billing'], commandLine)
        const { refreshToken } = await signIn(runtime(), user.name, first, {})
        await rotateRefreshToken(runtime(), refreshToken, {}, { idempotencyKey: key }) // the response is lost
        const demotion = setRoles(runtime(round), user.id, [], commandLine)
        const repeats = Array.from({ length: 6 }, (_, at) =>
          rotateRefreshToken(
            { ...runtime(at), clock: late },
            refreshToken,
            {},
            { idempotencyKey: key },
          ),
        )
        const grants = await Promise.all(repeats)
        await demotion
        const isRevoked = await revoked()
        for (const one of grants) assert.ok(isRevoked(one.session) || one.user.roles.length === 0)
      }
    })

    test('[18.3] a session that its user has ended on another device ends no other, however they race', async () => {
      for (let round = 0; round < rounds; round++) {
        const { user, owner } = await member()
        const stolen = await signIn(runtime(), user.name, first, {})
        const thief = { userId: user.id, sessionId: stolen.session.id }
        const attacks = [
          () => endOtherSessions(runtime(round + 1), thief),
          () => endOwnSession(runtime(round + 1), thief, owner.sessionId),
          () => signOut(runtime(round + 1), thief, { everywhere: true }),
        ]
        const results = await Promise.allSettled([
          endOwnSession(runtime(round), owner, thief.sessionId),
          attacks[round % attacks.length]!(),
        ])
        for (const one of results)
          if (one.status === 'rejected')
            assert.equal((one.reason as { code: string }).code, 'session_ended')
        const entries = await runtime().store.auditLog.newest(9, { userId: user.id })
        const byOwner = entries.find(
          ({ type, sessionId }) => type === 'session_ended' && sessionId === thief.sessionId,
        )
        const ownersEnd = entries.find(
          ({ type, sessionId }) => type !== 'login' && sessionId === owner.sessionId,
        )
        assert.ok(byOwner || ownersEnd)
        assert.ok(!byOwner || !ownersEnd, 'one of the two was first, and the other was refused')
      }
    })

    test('[18.3] nothing is changed with the old password once an administrator has set another', async () => {
      const email = (userId: string) => `${userId}@example.com`
      const deeds = {
        email_set: (at: number, one: Owner) => setOwnEmail(runtime(at), one, email(one.userId)),
        password_changed: (at: number, one: Owner) => changePassword(runtime(at), one, third),
        user_deleted: (at: number, one: Owner) => deleteOwnUser(runtime(at), one),
      }
      for (const [event, deed] of Object.entries(deeds))
        for (let round = 0; round < rounds / 2; round++) {
          const { user, owner } = await member()
          const races = [
            deed(round, owner),
            setPassword(runtime(round + 1), user.id, second, commandLine),
          ]
          await Promise.allSettled(races)
          const entries = await runtime().store.auditLog.newest(9, { userId: user.id })
          const reset = entries.find(({ type }) => type === 'password_set')?.seq ?? Infinity
          assert.ok(!entries.some(({ type, seq }) => type === event && seq > reset), event)
        }
    })
  })
}
