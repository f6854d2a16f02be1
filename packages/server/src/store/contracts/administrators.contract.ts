import { bindKey } from '../../domain/keys/key-mac.ts'
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { repetitions } from '@countersign/testing/proofs'
import { setPassword } from '../../domain/administration/set-password.ts'
import { createAttemptQueue } from '../../domain/limits/attempt-queue.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import { endSessionOf, signOutUser } from '../../domain/administration/sign-out-user.ts'
import { startSession } from '../../domain/sessions/start-session.ts'
import type { Store } from '../../domain/store.ts'
import type { ActingAdministrator } from '../../domain/administration/actor.ts'
import { isAdministrator } from '../../domain/users/role.ts'
import { deleteUser, deleteOwnUser } from '../../domain/administration/delete-user.ts'
import { disableUser, enableUser } from '../../domain/administration/disable-user.ts'
import { inviteUser, revokeInvitation } from '../../domain/registration/invite-user.ts'
import { addUser, registerUser } from '../../domain/registration/register-user.ts'
import { setEmail } from '../../domain/administration/set-email.ts'
import { setRoles } from '../../domain/administration/set-roles.ts'
import { rotateByHand } from '../../domain/keys/rotate-signing-keys.ts'
import { revokeSigningKey } from '../../domain/keys/revoke-signing-key.ts'
import { makeAdministrator } from './administrator.fixture.ts'
import { keyOf, ringRuntime } from './keys.fixture.ts'
import { testRoot } from './policies.fixture.ts'
import { testPorts } from './test-ports.fixture.ts'
import { inOneStrand, openHandles } from './handles.fixture.ts'
import type { Database } from '../store.ts'

const password = new Secret('correct horse battery')

/** The contract of every store for administrators who act on one another, races included, with so many handles on one database. */
export function administratorsContract(
  name: string,
  locate: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the administrators contract: ${name}`, () => {
    const stores: Store[] = []
    const attemptQueue = createAttemptQueue()
    before(async () => {
      stores.push(...(await openHandles(await locate('administrators'), handles, inOneStrand)))
    })
    after(async () => {
      await Promise.all(stores.map((one) => one.close()))
    })

    const runtime = (index = 0) => ({
      ...ringRuntime(stores[index % stores.length]!, 1),
      ...testPorts,
      attemptQueue,
    })
    let made = 0
    const administrator = () => makeAdministrator(runtime(), `user ${made++}`, password)
    const codes = (results: readonly PromiseSettledResult<unknown>[]) =>
      results.map((one) => (one.status === 'rejected' ? one.reason.code : 'done')).toSorted()

    type Deed = (id: string, by: ActingAdministrator, at: number) => Promise<unknown>
    const locksOut: Readonly<Record<string, Deed>> = {
      demote: (id, by, at) => setRoles(runtime(at), id, ['editor'], by),
      disable: (id, by, at) => disableUser(runtime(at), id, by),
      delete: (id, by, at) => deleteUser(runtime(at), id, by),
    }
    for (const [what, deed] of Object.entries(locksOut))
      test(`of two administrators who ${what} each other at once, one does`, async () => {
        for (let round = 0; round < repetitions({ short: 5, long: 20 }); round++) {
          const [one, two] = [await administrator(), await administrator()]
          const both = [deed(two.user, one, round), deed(one.user, two, round + 1)]
          const results = await Promise.allSettled(both)
          assert.deepEqual(codes(results), ['administrators_only', 'done'])
          const left = await Promise.all([one, two].map(({ user }) => stores[0]?.users.find(user)))
          assert.equal(left.filter((user) => user && isAdministrator(user)).length, 1)
        }
      })

    test('of administrators who delete themselves at once, the last one stays', async () => {
      const [fresh] = (await openHandles(await locate('administrators_last'), 1)) as [Store]
      after(() => fresh.close())
      const alone = { ...runtime(), store: fresh }
      const all: ActingAdministrator[] = []
      for (let left = 5; left > 0; left--)
        all.push(await makeAdministrator(alone, `user ${left}`, password))
      const out = await makeAdministrator(alone, 'out', password)
      await disableUser(alone, out.user, all[0]!)
      const leave = ({ user, session }: ActingAdministrator) =>
        deleteOwnUser(alone, { userId: user, sessionId: session, password, client: {} })
      const results = await Promise.allSettled(all.map(leave))
      assert.deepEqual(codes(results), ['done', 'done', 'done', 'done', 'last_administrator'])
      const last = all[results.findIndex(({ status }) => status === 'rejected')]!
      const refused = { code: 'not_oneself' } // so an administrator who acts is always one who stays
      await assert.rejects(setRoles(alone, last.user, [], last), refused)
      await assert.rejects(disableUser(alone, last.user, last), refused)
      await assert.rejects(deleteUser(alone, last.user, last), refused)
      await setRoles(alone, last.user, ['admin', 'editor'], last)
      await deleteUser(alone, last.user, commandLine)
      const next = await makeAdministrator(alone, 'next', password)
      await enableUser(alone, out.user, next)
      await leave(next)
    })

    /** Writes a key that signs and one that stands by; answers the id of one of them. */
    async function ring(which: 'active' | 'standby' = 'active'): Promise<string> {
      const { signingKeys } = runtime().store
      for (const { key } of await signingKeys.list()) await signingKeys.delete(key.id)
      const keys = { active: keyOf({ retiredAt: 9 }), standby: keyOf({ activatedAt: 9 }) }
      for (const key of Object.values(keys)) await signingKeys.add(bindKey(testRoot, key))
      return keys[which].id
    }

    /** Everything that an administrator does to others. */
    const deeds: readonly Deed[] = [
      ...Object.values(locksOut),
      (id, by) => enableUser(runtime(), id, by),
      (id, by) => setPassword(runtime(), id, password, by),
      (id, by) => setEmail(runtime(), id, null, by),
      (_, by) => addUser(runtime(), `user ${made++}`, password, { roles: ['admin'], by }),
      (_, by) => inviteUser(runtime(), 60, ['admin'], by),
      (_, by) => revokeInvitation(runtime(), 'i_x', by),
      (id, by) => signOutUser(runtime(), id, by),
      async (id, by) => {
        const [session] = (await stores[0]?.sessions.listAlive(id, 1)) ?? []
        await endSessionOf(runtime(), id, session?.id ?? '', by)
      },
      async (_, by) => void (await rotateByHand(runtime(), await ring(), 'now', by)),
      async (_, by) => revokeSigningKey(runtime(), await ring('standby'), by),
    ]
    const falls = {
      demoted: (id: string) => setRoles(runtime(), id, [], commandLine),
      disabled: (id: string) => disableUser(runtime(), id, commandLine),
      deleted: (id: string) => deleteUser(runtime(), id, commandLine),
      'signed out': (id: string) => signOutUser(runtime(), id, commandLine),
    }
    for (const [how, fall] of Object.entries(falls))
      test(`an administrator who was ${how} does nothing more`, async () => {
        for (const deed of deeds) {
          const [by, id] = [await administrator(), (await administrator()).user]
          await fall(by.user)
          const code = how === 'signed out' ? 'session_ended' : 'administrators_only'
          await assert.rejects(deed(id, by, 0), { code }, String(deed))
        }
      })

    test('a registration by an administrator and a demotion do not overlap', async () => {
      for (let round = 0; round < repetitions({ short: 4, long: 10 }); round++) {
        const by = await administrator()
        const racers = Array.from({ length: 6 }, (_, at) =>
          addUser(runtime(at), `user ${made++}`, password, { roles: ['admin'], by }),
        )
        const settled = Promise.allSettled(racers)
        await Promise.any(racers) // the others are on their way
        await setRoles(runtime(round), by.user, [], commandLine)
        const results = await settled
        const entries = (await stores[0]?.auditLog.newest(100)) ?? []
        const demoted = entries.find((one) => one.type === 'roles_set' && one.userId === by.user)
        for (const one of results)
          if (one.status === 'rejected') assert.equal(one.reason.code, 'administrators_only')
          else {
            const came = entries.find(
              ({ type, userId }) => type === 'user_registered' && userId === one.value.id,
            )
            assert.ok(came && demoted && came.seq < demoted.seq, 'registered, then demoted')
          }
      }
    })

    test('a user without rights can be deleted, even if no administrator is left', async () => {
      const user = await registerUser(runtime(), `user ${made++}`, password)
      const hash = (await runtime().store.users.findByName(user.name))?.hash ?? ''
      const { session } = await startSession(runtime(), { user, hash, amr: ['pwd'] }, {})
      const client = {}
      await deleteOwnUser(runtime(), { userId: user.id, sessionId: session.id, password, client })
    })
  })
}
