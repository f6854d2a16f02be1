import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { repetitions } from '@countersign/testing/proofs'
import { createAttemptQueue } from '../../domain/limits/attempt-queue.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import { changePassword } from '../../domain/passwords/change-password.ts'
import { checkPassword } from '../../domain/passwords/check-password.ts'
import { setPassword } from '../../domain/administration/set-password.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import { rotateRefreshToken } from '../../domain/sessions/rotate-refresh-token.ts'
import { maxSessionsPerUser } from '../../domain/sessions/session.ts'
import { startSession } from '../../domain/sessions/start-session.ts'
import type { Store } from '../../domain/store.ts'
import { deleteUser, deleteOwnUser } from '../../domain/administration/delete-user.ts'
import { disableUser, enableUser } from '../../domain/administration/disable-user.ts'
import { registerUser } from '../../domain/registration/register-user.ts'
import { setEmail, setOwnEmail } from '../../domain/administration/set-email.ts'
import { setRoles } from '../../domain/administration/set-roles.ts'
import { foldName, newUser } from '../../domain/users/user.ts'
import { createPasswordHasher, type HasherOptions } from '../../platform/crypto/password-hasher.ts'
import { manyAtOnce } from './many-at-once.fixture.ts'
import { testPorts } from './test-ports.fixture.ts'
import { openHandles } from './handles.fixture.ts'
import type { Database } from '../store.ts'

const [first, second] = [new Secret('correct horse battery'), new Secret('donaudampfschiffahrt')]

/** The contract of every store for users, races with their sign-ins included, with so many handles on one database. */
export function usersContract(
  name: string,
  locate: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the users contract: ${name}`, () => {
    const stores: Store[] = []
    const attemptQueue = createAttemptQueue()
    before(async () => {
      stores.push(...(await openHandles(await locate('users'), handles)))
    })
    after(async () => {
      await Promise.all(stores.map((one) => one.close()))
    })

    const runtimeAt = (index: number, now = 1) => ({
      store: stores[index % stores.length]!,
      clock: { now: () => now },
      ...testPorts,
      attemptQueue,
    })
    const runtime = (index = 0) => runtimeAt(index)
    let made = 0
    const register = (extras = {}) => registerUser(runtime(), `user ${made++}`, first, extras)

    test('a user comes back as they were put in, by id, name and e-mail address', async () => {
      const { users } = runtime().store
      const user = {
        ...newUser('u_ada', 'Ada', 3),
        email: 'Ada@Example.com',
        roles: ['admin', 'billing'],
        passwordChangedAt: 4,
      }
      assert.ok(await users.add(user, 'ada', 'hash'))
      assert.deepEqual(await users.find('u_ada'), user)
      assert.deepEqual(await users.findByName('ada'), { user, hash: 'hash' })
      assert.deepEqual(await users.findByEmail('ada@example.com'), user)
      assert.equal(await users.findByEmail('Ada@Example.com'), undefined, 'folded addresses only')
      assert.deepEqual(await runtime().store.transaction((tx) => tx.users.lock('u_ada')), {
        user,
        hash: 'hash',
      })
    })

    test('a change changes one thing of one user', async () => {
      const { users } = runtime().store
      const [one, other] = [newUser('u_one', 'one', 1), newUser('u_other', 'other', 1)]
      for (const user of [one, other]) await users.add(user, user.name, 'hash')
      await users.setPassword('u_one', 'new', 7)
      await users.setDisabled('u_one', 8)
      await users.setRoles('u_one', ['x'])
      await users.setEmail('u_one', 'One@x.example', null)
      const changes = { passwordChangedAt: 7, disabledAt: 8, roles: ['x'], email: 'One@x.example' }
      assert.deepEqual(await users.findByName('one'), { user: { ...one, ...changes }, hash: 'new' })
      await users.setDisabled('u_one', null)
      await users.setRoles('u_one', [])
      await users.setEmail('u_one', null, null)
      assert.deepEqual(await users.find('u_one'), { ...one, passwordChangedAt: 7 })
      assert.equal(await users.renewHash('u_one', 'hash', 'lost'), false)
      assert.equal(await users.renewHash('u_one', 'new', 'renewed'), true)
      assert.equal((await users.findByName('one'))?.hash, 'renewed')
      assert.equal((await users.find('u_one'))?.passwordChangedAt, 7)
      await users.delete('u_one')
      assert.equal(await users.find('u_one'), undefined)
      assert.deepEqual(await users.findByName('other'), { user: other, hash: 'hash' })
    })

    test('pages list every user once, the newest first', async () => {
      const { users } = await fresh('pages')
      for (let at = 0; at < 25; at++) {
        const user = newUser(`p${at % 5}${at}`, `p${at}`, Math.floor(at / 4))
        await users.add(user, at % 2 ? `p_${at}` : `p%${at}`, 'x')
      }
      const all = await listed(users)
      assert.equal(new Set(all.map(({ id }) => id)).size, 25)
      const times = all.map(({ createdAt }) => createdAt)
      assert.deepEqual(
        times,
        times.toSorted((a, b) => b - a),
      )
      assert.deepEqual(
        [await users.count(100), await users.count(25), await users.count(7)],
        [25, 25, 7],
      )
    })

    test('users are listed by role and by state, with a text or without', async () => {
      const { users } = await fresh('filters')
      for (const [at, roles] of [
        ['admin'],
        ['Admin'],
        ['admin_x', 'b'],
        ['b', 'admin'],
        [],
      ].entries())
        await users.add({ ...newUser(`f${at}`, `anna${at}`, at), roles }, `anna${at}`, 'x')
      await users.setDisabled('f3', 9)
      const idsOf = async (filter: Partial<Parameters<typeof users.list>[0]>) =>
        (await users.list({ limit: 9, ...filter })).map(({ id }) => id)
      for (const search of [undefined, 'nna', 'na']) {
        assert.deepEqual(await idsOf({ search, role: 'admin' }), ['f3', 'f0'])
        assert.deepEqual(await idsOf({ search, role: 'b', state: 'active' }), ['f2'])
        assert.deepEqual(await idsOf({ search, state: 'disabled' }), ['f3'])
        assert.deepEqual(await idsOf({ search, role: 'admin', limit: 1 }), ['f3'])
        assert.deepEqual(await idsOf({ search, role: "'" }), [])
      }
    })

    test('[18.26] users are found by any part of the name or the e-mail address, the newest first', async () => {
      const store = await fresh('search')
      const { users } = store
      for (let at = 0; at < 25; at++) {
        const userName = at % 2 ? `Anna_${at}` : `anna%${at}`
        const email = at === 7 ? 'Grace.Hopper@Example.com' : null
        const user = { ...newUser(`s${at % 5}${at}`, userName, Math.floor(at / 4)), email }
        await users.add(user, foldName(userName), 'x')
      }
      const namesOf = async (search: string) =>
        (await listed(users, foldName(search))).map((one) => one.name)
      assert.deepEqual(await namesOf('NNA_7'), ['Anna_7'])
      assert.deepEqual(await namesOf('hopper@ex'), ['Anna_7'])
      for (const [search, count] of [
        ['nna', 25],
        ['nna%', 13],
        ['nna_', 12],
        ['nna!', 0],
        ['%', 13],
        ['_', 12],
        ['a%', 13],
        ['n', 25],
        ['_7', 1],
        ['nna"', 0],
        ['" or "', 0],
        ['nna*', 0],
        ['example.com', 1],
        ['a.b', 0],
        ["'", 0],
        ['\0\ud800', 0],
        ['anna\u00df', 0],
      ] as const) {
        const found = await listed(users, foldName(search))
        assert.equal(found.length, count, search)
        assert.equal(new Set(found.map(({ id }) => id)).size, count, search)
        const times = found.map(({ createdAt }) => createdAt)
        assert.deepEqual(
          times,
          times.toSorted((a, b) => b - a),
        )
      }
      const [found] = await users.list({ limit: 1, search: 'nna_7' })
      assert.ok(found)
      await users.setEmail(found.id, 'ada@example.org', null)
      assert.deepEqual(await namesOf('hopper'), [])
      assert.deepEqual(await namesOf('da@example.o'), ['Anna_7'])
      await users.setEmail(found.id, null, null)
      assert.deepEqual(await namesOf('example'), [])
      await users.delete(found.id)
      assert.deepEqual(await namesOf('nna_7'), [])
      assert.equal((await namesOf('nna')).length, 24)
      const beyond = await users.list({ limit: 50, search: 'nna', after: found })
      const older = beyond.filter(({ createdAt }) => createdAt < found.createdAt)
      assert.equal(older.length, 4, 'a list goes on after a user who was deleted')
      await store.transaction(async (tx) => {
        await tx.users.add(newUser('new', '\u00c4nne', 9), foldName('\u00c4nne'), 'x')
      })
      assert.deepEqual(await namesOf('\u00e4NN'), ['\u00c4nne'])
    })

    async function listed(users: Store['users'], search?: string) {
      const all = []
      for (let page = await users.list({ limit: 4, search }); page.length > 0;) {
        all.push(...page)
        page = await users.list({ limit: 4, search, after: page.at(-1) })
      }
      return all
    }

    /** A database of one's own. */
    async function fresh(database: string) {
      const [store] = (await openHandles(await locate(database), 1)) as [Store]
      after(() => store.close())
      return store
    }

    test('of many who want one e-mail address at once, one gets it', async () => {
      const [email, other] = ['race@example.com', await register()]
      const races = Array.from({ length: 30 }, async (_, at) => {
        if (at === 7) return setEmail(runtime(at), other.id, 'RACE@example.com', commandLine)
        return void (await registerUser(runtime(at), `racer ${at}`, first, { email }))
      })
      const results = await Promise.allSettled(races)
      const refused = results.filter((one) => one.status === 'rejected')
      assert.equal(refused.length, 29)
      for (const { reason } of refused)
        assert.equal((reason as { code: string }).code, 'email_taken')
      assert.ok(await runtime().store.users.findByEmail(email))
    })

    test('an address can be taken from oneself, given up, and taken by another', async () => {
      const [one, other] = [await register({ email: 'mine@example.com' }), await register()]
      await setEmail(runtime(), one.id, 'Mine@Example.com', commandLine)
      await assert.rejects(setEmail(runtime(), other.id, 'mine@example.com', commandLine), {
        code: 'email_taken',
      })
      await setEmail(runtime(), one.id, null, commandLine)
      await setEmail(runtime(), other.id, 'mine@example.com', commandLine)
    })

    test('who is not there cannot be changed', async () => {
      for (const change of [
        () => disableUser(runtime(), 'unknown', commandLine),
        () => enableUser(runtime(), 'unknown', commandLine),
        () => deleteUser(runtime(), 'unknown', commandLine),
        () => setPassword(runtime(), 'unknown', second, commandLine),
        () => setRoles(runtime(), 'unknown', [], commandLine),
        () => setEmail(runtime(), 'unknown', null, commandLine),
      ])
        await assert.rejects(change, { code: 'user_unknown' })
    })

    /** Signs a user in: the check of the password, and what the session is then started with. */
    const prove = async (userName: string, password = first) =>
      checkPassword(runtime(), userName, password)

    const endings = {
      disable: (index: number, id: string) => disableUser(runtime(index), id, commandLine),
      delete: (index: number, id: string) => deleteUser(runtime(index), id, commandLine),
      'set the password of': (index: number, id: string) =>
        setPassword(runtime(index), id, second, commandLine),
    }
    for (const [what, end] of Object.entries(endings)) {
      test(`[G39] once it is answered to ${what} a user, no sign-in under way has left a session`, async () => {
        for (let round = 0; round < repetitions({ short: 8, long: 40 }); round++) {
          const user = await register()
          const proof = await prove(user.name)
          const signIn = (at: number) =>
            startSession(runtime(at), proof, {}).then(
              ({ session }) => session.id,
              (error: { code: string }) => assert.equal(error.code, 'credentials_wrong'),
            )
          const ids = [await signIn(0)]
          const answered = new AbortController()
          const devices = Array.from({ length: 6 }, async (_, at) => {
            do ids.push(await signIn(at))
            while (!answered.signal.aborted)
          })
          const ended = await end(round, user.id).finally(() => answered.abort())
          await Promise.all(devices)
          const { sessions } = runtime().store
          assert.deepEqual(await sessions.listAlive(user.id, 1), [])
          for (const id of ids) assert.ok(!id || ended.includes(id), 'it is named')
          await assert.rejects(startSession(runtime(), proof, {}), { code: 'credentials_wrong' })
        }
      })
    }

    test('a user who is enabled again can sign in, and old sessions stay ended', async () => {
      const user = await register()
      const { session } = await startSession(runtime(), await prove(user.name), {})
      assert.deepEqual(await disableUser(runtime(), user.id, commandLine), [session.id])
      assert.deepEqual(
        await disableUser(runtimeAt(0, 9), user.id, commandLine),
        [],
        'twice is once',
      )
      assert.equal((await runtime().store.users.find(user.id))?.disabledAt, 1)
      await assert.rejects(prove(user.name), { code: 'credentials_wrong' })
      await enableUser(runtime(), user.id, commandLine)
      await startSession(runtime(), await prove(user.name), {})
      const found = await runtime().store.sessions.find(session.id)
      assert.equal(found?.endReason, 'user_disabled')
    })

    test('[G39] a changed password ends all other sessions, and of two changes at once one counts', async () => {
      const user = await register()
      const [mine, other] = [
        await startSession(runtime(), await prove(user.name), {}),
        await startSession(runtime(), await prove(user.name), {}),
      ]
      const owner = { userId: user.id, sessionId: mine.session.id, password: first, client: {} }
      const nexts = [second, new Secret('a third one that is long')]
      const race = nexts.map((next, at) => changePassword(runtime(at), owner, next))
      const results = await Promise.allSettled(race)
      const won = results.findIndex(({ status }) => status === 'fulfilled')
      const [result, lost] = [results[won]!, results[1 - won]!]
      assert.deepEqual(result.status === 'fulfilled' && result.value.ended, [other.session.id])
      assert.equal(
        lost.status === 'rejected' && (lost.reason as { code: string }).code,
        'current_password_wrong',
      )
      await prove(user.name, nexts[won])
      const alive = await runtime().store.sessions.listAlive(user.id, 1)
      assert.deepEqual(
        alive.map(({ id }) => id),
        [mine.session.id],
      )
    })

    test('no e-mail address is set with a password after an administrator has replaced it', async () => {
      for (let round = 0; round < repetitions({ short: 6, long: 20 }); round++) {
        const user = await register()
        const { session } = await startSession(runtime(), await prove(user.name), {})
        const owner = { userId: user.id, sessionId: session.id, password: first, client: {} }
        const changes = Array.from({ length: 6 }, (_, at) =>
          setOwnEmail(runtime(at), owner, `${user.id}-${at}@example.com`),
        )
        const reset = setPassword(runtime(round), user.id, second, commandLine)
        for (const one of await Promise.allSettled(changes))
          if (one.status === 'rejected')
            assert.equal((one.reason as { code: string }).code, 'current_password_wrong')
        await reset
        const entries = await runtime().store.auditLog.newest(20, { userId: user.id })
        const [resetAt, ...more] = entries.filter(({ type }) => type === 'password_set')
        assert.ok(resetAt && more.length === 0)
        const late = entries.filter(({ type, seq }) => type === 'email_set' && seq > resetAt.seq)
        assert.equal(late.length, 0, `${late.length} after the reset`)
      }
    })

    test('one who deletes themselves must know the password, and takes all their sessions along', async () => {
      const user = await register({ email: 'gone@example.com' })
      const { session } = await startSession(runtime(), await prove(user.name), {})
      const owner = { userId: user.id, sessionId: session.id, password: first, client: {} }
      await assert.rejects(deleteOwnUser(runtime(), { ...owner, password: second }), {
        code: 'current_password_wrong',
      })
      assert.deepEqual(await deleteOwnUser(runtime(), owner), [session.id])
      assert.equal(await runtime().store.sessions.find(session.id), undefined)
      await assert.rejects(deleteOwnUser(runtime(), owner), { code: 'user_gone' })
      await registerUser(runtime(), user.name, first, { email: 'gone@example.com' })
    })

    test('of however many sign-ins at once, a user has 200 sessions at most: the longest unused end', async () => {
      const user = await register()
      const proof = await prove(user.name)
      const start = (index: number, now: number) => startSession(runtimeAt(index, now), proof, {})
      const [oldest, next] = [await start(0, 1), await start(0, 2)]
      await manyAtOnce(198, (at) => start(at, 3))
      await rotateRefreshToken(runtimeAt(0, 4), oldest.refreshToken)
      const { sessions, auditLog } = runtime().store
      assert.equal((await sessions.find(next.session.id))?.endedAt, null)
      const begun = await Promise.all(Array.from({ length: 20 }, (_, at) => start(at, 5)))
      const alive = new Set((await sessions.listAlive(user.id, 5)).map(({ id }) => id))
      assert.equal(alive.size, maxSessionsPerUser)
      for (const { session } of [oldest, ...begun]) assert.ok(alive.has(session.id))
      assert.equal((await sessions.find(next.session.id))?.endReason, 'too_many')
      const bits = await runtime().store.statusLists.changes(0, 10_000)
      const { list, index } = next.session.status!
      assert.ok(bits.some((bit) => bit.list === list && bit.index === index))
      const told = (await auditLog.newest(60, { userId: user.id })).filter(
        ({ type, facts }) => type === 'session_ended' && facts === '{"reason":"too_many"}',
      )
      assert.equal(told.length, 20)
    })

    test('a new role is in the session that is started with it', async () => {
      const user = await register()
      const proof = await prove(user.name)
      await setRoles(runtime(), user.id, ['admin'], commandLine)
      assert.deepEqual((await startSession(runtime(), proof, {})).user.roles, ['admin'])
    })

    test('a hash that is too weak is renewed at sign-in, by however many at once, and loses no change of the password', async () => {
      const stronger: HasherOptions = { memoryKiB: 16, passes: 2 }
      const renewing = createPasswordHasher(stronger)
      after(() => renewing.close())
      for (let round = 0; round < repetitions({ short: 6, long: 20 }); round++) {
        const user = await register()
        const signIns = Array.from({ length: 8 }, async (_, at) => {
          const strong = { ...runtime(at), hasher: renewing }
          return startSession(strong, await checkPassword(strong, user.name, first), {})
        })
        const started = await Promise.all(signIns)
        assert.equal(started.length, 8)
        const { users } = runtime().store
        const hash = (await users.findByName(user.name))?.hash ?? ''
        assert.match(hash, /^\$argon2id\$v=19\$m=16,t=2,p=1\$/)
        assert.equal((await users.find(user.id))?.passwordChangedAt, 1)
      }
      for (let round = 0; round < repetitions({ short: 6, long: 20 }); round++) {
        const user = await register()
        const strong = { ...runtime(), hasher: renewing }
        const renewals = Array.from({ length: 6 }, () =>
          checkPassword(strong, user.name, first).catch((error: { code: string }) =>
            assert.equal(error.code, 'credentials_wrong'),
          ),
        )
        await Promise.all([...renewals, setPassword(runtimeAt(1, 5), user.id, second, commandLine)])
        await prove(user.name, second)
        await assert.rejects(prove(user.name, first), { code: 'credentials_wrong' })
        assert.equal((await runtime().store.users.find(user.id))?.passwordChangedAt, 5)
      }
    })
  })
}
