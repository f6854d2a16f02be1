import { ensureStatusIndex } from '../../domain/sessions/rotate-refresh-token.ts'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { repetitions } from '@countersign/testing/proofs'
import { deleteUser } from '../../domain/administration/delete-user.ts'
import { disableUser } from '../../domain/administration/disable-user.ts'
import { resetFactors } from '../../domain/administration/reset-factors.ts'
import { setRoles } from '../../domain/administration/set-roles.ts'
import { endSessionOf, signOutUser } from '../../domain/administration/sign-out-user.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import { assignStatusIndex } from '../../domain/revocation/assign-status-index.ts'
import {
  changesKeptFor,
  type StatusChange,
  type StatusIndex,
} from '../../domain/revocation/status-list.ts'
import type { SessionOwner } from '../../domain/sessions/end-sessions.ts'
import type { Session } from '../../domain/sessions/session.ts'
import { signOut } from '../../domain/sessions/sign-out.ts'
import { maxStrands } from '../../domain/audit-log/strand.ts'
import type { Store } from '../../domain/store.ts'
import { newUser } from '../../domain/users/user.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import { manyAtOnce } from './many-at-once.fixture.ts'
import { asBefore, openHandles } from './handles.fixture.ts'
import { sessionUser } from './sessions.fixture.ts'
import { testPorts } from './test-ports.fixture.ts'
import { addUnnumbered } from '../tables/status-lists.ts'
import { createStore, withDatabase, type Database } from '../store.ts'

const day = 86_400

/** The contract of every store for status lists, races included, with so many handles on one database. */
export function statusContract(
  name: string,
  locate: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the status contract: ${name}`, () => {
    let next = 0

    /** A database of its own, with every connection of every handle open: a race for connections would hide others. */
    async function opened(database: string) {
      const where = await locate(`status ${database}`)
      const all = await openHandles(where, handles)
      await all[0]!.users.add(newUser('u', 'u', 0), 'u', 'hash')
      return {
        where,
        at: (index: number) => all[index % all.length]!,
        [Symbol.asyncDispose]: async () => void (await Promise.all(all.map((one) => one.close()))),
      }
    }

    const runtimeAt = (now: number) => ({ clock: { now: () => now }, random: systemRandom })

    function newSession(): Session {
      const id = `s${next++}`
      const times = {
        createdAt: 0,
        lastUsedAt: 0,
        authenticatedAt: 0,
        idleExpiresAt: 1e9,
        expiresAt: 1e9,
      }
      const rest = {
        amr: [],
        userAgent: null,
        address: null,
        endedAt: null,
        endReason: null,
        grant: null,
        status: null,
      }
      return { id, userId: 'u', ...times, ...rest }
    }

    const hashes = ({ id }: Session) => ({ handle: id, secret: id })

    /** Begins a session with an index of a list of so many. */
    async function begin(store: Store, size: number, now = 0) {
      const session = newSession()
      const status = await store.transaction((tx) => {
        const take = (one: StatusIndex) =>
          tx.sessions.add({ ...session, status: one }, hashes(session))
        return assignStatusIndex(runtimeAt(now), tx, take, size)
      })
      return { ...session, status }
    }

    const addAt = (store: Store, status: StatusIndex | null) => {
      const session = newSession()
      return store.transaction((tx) => tx.sessions.add({ ...session, status }, hashes(session)))
    }
    const end = (store: Store, id: string, now = 1) =>
      store.transaction((tx) => tx.sessions.end(id, now, 'logout'))
    const textOf = ({ list, index }: StatusIndex) => `${list}/${index}`

    test('an index belongs to one session, and is taken until that is gone and its change forgotten', async () => {
      await using world = await opened('one')
      const store = world.at(0)
      const session = await begin(store, 64)
      const { status } = session
      assert.deepEqual((await store.sessions.find(session.id))?.status, status)
      assert.equal(await addAt(store, status), false)
      assert.equal(await end(store, session.id, 5), true)
      assert.equal(await addAt(store, status), false, 'while its row is there')
      await store.sessions.prune(1e9 + 1)
      assert.equal(await store.sessions.find(session.id), undefined)
      assert.equal(await addAt(store, status), false, 'while its change is there')
      const other = await begin(store, 64)
      await end(store, other.id, 6) // the newest change is kept to count on from
      assert.equal(await store.statusLists.prune(6), 1)
      assert.equal(await addAt(store, status), true)
    })

    test('a session that was there before the lists has no bit, and gets an index once', async () => {
      await using world = await opened('before')
      const store = world.at(0)
      const old = newSession()
      const older = newSession()
      for (const one of [old, older])
        await store.transaction((tx) => tx.sessions.add(one, hashes(one)))
      assert.equal(await end(store, older.id), true)
      assert.equal(await store.statusLists.lastSeq(), 0)
      const runtime = { store, ...runtimeAt(0) }
      assert.equal(
        await ensureStatusIndex(runtime, older),
        undefined,
        'none for one that has ended',
      )
      const all = await manyAtOnce(24, (at) =>
        ensureStatusIndex({ ...runtime, store: world.at(at) }, old),
      )
      assert.equal(new Set(all.map((one) => textOf(one!.status!))).size, 1)
      assert.deepEqual((await store.sessions.find(old.id))?.status, all[0]?.status)
    })

    test('changes are read in order, each once, and outlive the user', async () => {
      await using world = await opened('order')
      const store = world.at(0)
      const sessions = [await begin(store, 64), await begin(store, 64), await begin(store, 64)]
      await end(store, sessions[1]!.id, 7)
      await end(store, sessions[1]!.id, 8)
      await store.transaction(async (tx) => {
        const ended = await tx.sessions.endAll('u', 9, 'user_deleted')
        assert.deepEqual(new Set(ended), new Set([sessions[0]!.id, sessions[2]!.id]))
        await tx.users.delete('u')
      })
      const changes = await store.statusLists.changes(0, 10)
      assert.deepEqual(
        changes.map(({ seq, at }) => [seq, at]),
        [
          [7_001, 7],
          [9_001, 9],
          [9_002, 9],
        ],
      )
      assert.deepEqual(
        new Set(changes.map(textOf)),
        new Set(sessions.map(({ status }) => textOf(status))),
      )
      assert.deepEqual(await store.statusLists.changes(7_001, 1), [changes[1]])
      assert.deepEqual(await store.statusLists.changes(0, 10, 7), changes.slice(1))
      assert.equal(await store.statusLists.lastSeq(), 9_002)
    })

    test('an ending that is undone sets no bit', async () => {
      await using world = await opened('undone')
      const store = world.at(0)
      const { id } = await begin(store, 64)
      const undone = store.transaction(async (tx) => {
        assert.equal(await tx.sessions.end(id, 1, 'logout'), true)
        throw new Error('a bug')
      })
      await assert.rejects(undone, /a bug/)
      assert.equal(await store.statusLists.lastSeq(), 0)
      assert.equal((await store.sessions.find(id))?.endedAt, null)
    })

    test('however many sessions begin at once, none shares its bit; a full list is followed by one other', async () => {
      await using world = await opened('full')
      const sessions = await manyAtOnce(120, (at) => begin(world.at(at), 64))
      assert.equal(new Set(sessions.map(({ status }) => textOf(status))).size, 120)
      const lists = await world.at(0).statusLists.list()
      assert.ok(lists.length >= 2 && lists.length <= 6, String(lists.length))
      assert.deepEqual(
        lists.map(({ id }) => id),
        lists.map((_, at) => at + 1),
      )
      const inFirst = sessions.filter(({ status }) => status.list === 1).length
      assert.ok(inFirst > 20, `a list is used: ${inFirst} of 64`)
    })

    test('of many that want one index at once, one gets it', async () => {
      await using world = await opened('one index')
      await begin(world.at(0), 64)
      for (let index = 0; index < 20; index++) {
        const won = await manyAtOnce(16, (at) => addAt(world.at(at), { list: 77, index }))
        assert.equal(won.filter(Boolean).length, 1)
      }
    })

    test('an index is not given out while the session that has it is being deleted', async () => {
      await using world = await opened('deleted')
      for (let round = 0; round < repetitions({ short: 10, long: 40 }); round++) {
        const store = world.at(round)
        const id = `gone ${round}`
        await store.users.add(newUser(id, id, 0), id, 'hash')
        const session = { ...newSession(), userId: id, status: { list: 1, index: round } }
        await store.transaction((tx) => tx.sessions.add(session, hashes(session)))
        const remove = store.transaction(async (tx) => {
          await tx.sessions.endAll(id, 1, 'user_deleted')
          await tx.users.delete(id)
        })
        const others = manyAtOnce(8, (at) => addAt(world.at(at + 1), session.status))
        const [, taken] = await Promise.all([remove, others])
        assert.deepEqual(
          taken,
          taken.map(() => false),
        )
      }
    })

    /** Ends many sessions, the one by one handle and the next by another, and returns what a reader sees meanwhile. */
    async function readWhileEnding(count: number, stores: readonly Store[]) {
      const at = (index: number) => stores[index % stores.length]!
      const sessions = await manyAtOnce(count, (index) => begin(at(index), 4096))
      const seen: StatusChange[] = []
      let over = false
      const read = (async () => {
        for (let after = 0; ; after = seen.at(-1)?.seq ?? 0) {
          const last = over
          const page = await at(1).statusLists.changes(after, 7)
          seen.push(...page)
          if (last && page.length === 0) return
        }
      })()
      await manyAtOnce(count, (index) => end(at(index), sessions[index]!.id))
      over = true
      await read
      return seen
    }

    for (const withEarlier of [false, true])
      test(`[23.6] a reader misses no change while many transactions end sessions${withEarlier ? ', some of them by a server of the version before' : ''}, and numbers have no gaps`, async () => {
        await using world = await opened(`commits ${withEarlier ? 'of two versions' : ''}`)
        const count = repetitions({ short: 120, long: 400 })
        const earlier = await createStore(asBefore(world.where), { strands: 0 }) // it gives numbers in the transactions
        const seen = await readWhileEnding(count, [
          world.at(0),
          world.at(1),
          ...(withEarlier ? [earlier] : [world.at(2)]),
        ])
        assert.deepEqual(
          seen.map(({ seq }) => seq),
          seen.map((_, at) => 1_001 + at),
        )
        assert.equal(seen.length, count)
        assert.equal(new Set(seen.map(textOf)).size, count)
        await earlier.close()
      })

    const numbered = { strands: maxStrands } // numbers follow the commit, also on SQLite

    test('[23.7] a change of a process that crashed after its commit gets a number from any server, once, and its index is taken', async () => {
      await using world = await opened('crashed')
      const servers = await Promise.all([1, 2, 3].map(() => createStore(world.where, numbered)))
      const [store] = servers as [Store]
      const left = Array.from({ length: 5_001 }, (_, index) => ({ list: 77, index }))
      await withDatabase(world.where, (db) => addUnnumbered(db, left, 5))
      assert.equal(await addAt(store, left[7]!), false)
      const later = await begin(store, 64)
      await Promise.all(servers.map((one) => one.numberStatusChanges()))
      await end(store, later.id, 9)
      const changes = await store.statusLists.changes(0, 10_000)
      assert.deepEqual(
        changes.map(({ seq }) => seq),
        [...left.map((_, at) => 5_001 + at), 10_002],
      )
      assert.equal(new Set(changes.map(textOf)).size, left.length + 1)
      assert.equal(await addAt(store, left[7]!), false)
      await Promise.all(servers.map((one) => one.close()))
    })

    test('[23.7] a bit that was set before keeps no later change without its number', async () => {
      await using world = await opened('twice')
      const store = await createStore(world.where, numbered)
      const session = await begin(store, 64)
      await end(store, session.id, 1)
      const again = [session.status, { list: 77, index: 1 }]
      await withDatabase(world.where, (db) => addUnnumbered(db, again, 2))
      await store.numberStatusChanges()
      const changes = await store.statusLists.changes(0, 9)
      assert.deepEqual(changes.map(textOf), [textOf(session.status), '77/1'])
      await store.close()
    })

    test('who ends a session is answered after those who look have seen it, and who only reads is not kept', async () => {
      await using world = await opened('looks')
      const store = world.at(0)
      const { id } = await begin(store, 64)
      let seen = 0
      const stop = await store.onChange(async () => {
        const [change] = await store.statusLists.changes(0, 1)
        seen = change?.seq ?? -1
      })
      await store.transaction((tx) => tx.sessions.find(id))
      const before = seen // PostgreSQL's first look is one of its own
      assert.ok(before <= 0)
      await end(store, id)
      assert.equal(seen, 1_001)
      await stop()
      seen = 0
      await end(store, (await begin(store, 64)).id)
      assert.equal(seen, 0)
    })

    /** Operations that end a session or revoke its access tokens, and that a client may repeat. */
    const repeatable: readonly ((
      deps: Parameters<typeof resetFactors>[0],
      owner: SessionOwner,
    ) => Promise<unknown>)[] = [
      signOut,
      (deps, { userId, sessionId }) => endSessionOf(deps, userId, sessionId, commandLine),
      (deps, { userId }) => signOutUser(deps, userId, commandLine),
      (deps, { userId }) => resetFactors(deps, userId, commandLine),
      (deps, { userId }) => setRoles(deps, userId, ['editor'], commandLine),
      (deps, { userId }) => disableUser(deps, userId, commandLine),
      (deps, { userId }) =>
        deleteUser(deps, userId, commandLine).catch((error: { readonly code: string }) =>
          assert.equal(error.code, 'user_unknown'),
        ),
    ]

    test('[23.66] an operation that finds a session ended, by another server or at the same moment, is answered after this server has read its bit', async () => {
      await using world = await opened('found ended')
      const [store, other] = [world.at(0), world.at(1)]
      const read = new Set<string>()
      const stop = await store.onChange(async () => {
        await store.numberStatusChanges()
        const changes = await store.statusLists.changes(0, 100)
        await setTimeout(20) // longer than an operation takes
        for (const one of changes) read.add(textOf(one))
      })
      for (const run of repeatable)
        for (const where of ['here', 'at another server']) {
          const { session } = await sessionUser(store).signIn()
          const owner = { userId: session.userId, sessionId: session.id }
          const at = (one: Store) => ({ ...testPorts, ...runtimeAt(1), store: one })
          const runHere = async () => {
            await run(at(store), owner)
            assert.ok(session.status && read.has(textOf(session.status)), `${run} ${where}`)
          }
          if (where === 'at another server') await run(at(other), owner)
          await Promise.all(where === 'here' ? [runHere(), runHere()] : [runHere()])
        }
      await stop()
    })

    test('a list that was pruned goes on counting, and gives an index again after so many days', async () => {
      await using world = await opened('pruned')
      const store = world.at(0)
      const first = await begin(store, 8)
      const second = await begin(store, 8)
      await end(store, first.id, 1)
      await end(store, second.id, 2)
      await store.sessions.prune(1e9 + 1)
      assert.equal(await store.statusLists.prune(30 * day + 1 - changesKeptFor), 0)
      assert.equal(await store.statusLists.prune(30 * day + 3 - changesKeptFor), 1)
      assert.equal(await store.statusLists.lastSeq(), 2_001, 'the newest is kept')
      const third = await begin(store, 8)
      await end(store, third.id, 9)
      assert.equal(await store.statusLists.lastSeq(), 9_001)
    })

    test('numbers go on where clocks go back, and where more are set in a second than it has', async () => {
      await using world = await opened('numbers')
      const store = world.at(0)
      await store.transaction(async (tx) => {
        for (let index = 0; index < 975; index++) {
          const session = newSession()
          await tx.sessions.add({ ...session, status: { list: 77, index } }, hashes(session))
        }
        await tx.sessions.endAll('u', 3, 'logout')
      })
      const last = await manyAtOnce(30, (at) => begin(world.at(at), 8_192))
      await manyAtOnce(30, (at) => end(world.at(at), last[at]!.id, 3)) // a race over the last number of the second
      assert.equal(await store.statusLists.lastSeq(), 4_005)
      await end(store, (await begin(store, 8_192)).id, 1)
      await end(store, (await begin(store, 8_192)).id, 4)
      assert.equal(await store.statusLists.lastSeq(), 4_007)
      assert.equal((await store.statusLists.changes(3_000, 2_000)).length, 1_007)
    })
  })
}
