import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { ensureSigningKeys } from '../../domain/keys/ensure-signing-keys.ts'
import type { Store } from '../../domain/store.ts'
import { newUser } from '../../domain/users/user.ts'
import { boundKeyOf, ringRuntime } from './keys.fixture.ts'
import { openHandles, type Locate } from './handles.fixture.ts'
import { manyAtOnce } from './many-at-once.fixture.ts'
import { companion } from './process.fixture.ts'
import { createStore } from '../store.ts'

const userOf = (id: string, name = id) => newUser(id, name, 1)

/** The contract of every store. */
export function storeContract(name: string, locate: Locate): void {
  suite(`the store contract: ${name}`, () => {
    let store: Store
    before(async () => {
      ;[store] = (await openHandles(await locate('story'), 1)) as [Store]
    })
    after(() => store.close())

    /** So many handles on one database, with every connection of every one open: a race for connections would hide others. */
    async function several(database: string, count: number, content?: 'nothing') {
      const all = await openHandles(await locate(database, content), count)
      return {
        all,
        at: (index: number) => all[index % count]!,
        [Symbol.asyncDispose]: async () => void (await Promise.all(all.map((one) => one.close()))),
      }
    }

    test('one that is not there is made only where that is wanted', async () => {
      const database = await locate('missing', 'nothing')
      await assert.rejects(createStore(database, { create: false }), { code: 'database_missing' })
      const migrations = 'expect' as const
      await assert.rejects(createStore(database, { create: false, migrations }), {
        code: 'database_missing',
      })
      await (await createStore(database)).close()
      await (await createStore(database, { create: false })).close()
    })

    test('a user is found by id and by folded name, and only then shows a hash', async () => {
      assert.ok(await store.users.add({ ...userOf('u1', 'Ada'), disabledAt: 7 }, 'ada', 'hash'))
      assert.deepEqual(await store.users.find('u1'), { ...userOf('u1', 'Ada'), disabledAt: 7 })
      assert.equal((await store.users.findByName('ada'))?.hash, 'hash')
      assert.equal(await store.users.findByName('Ada'), undefined)
      assert.equal(await store.users.find('unknown'), undefined)
    })

    test('a user counts as unannounced until they are marked, the oldest first', async () => {
      for (const at of [3, 1, 2])
        await store.users.add({ ...userOf(`new${at}`), createdAt: at - 9 }, `new${at}`, 'x')
      const list = async (limit: number) =>
        (await store.users.listUnannounced(limit)).map(({ id }) => id)
      assert.deepEqual(await list(3), ['new1', 'new2', 'new3'])
      assert.ok(await store.users.isUnannounced('new1'))
      await store.users.markAnnounced('new1', 5)
      assert.ok(!(await store.users.isUnannounced('new1')))
      assert.deepEqual(await list(1), ['new2'])
    })

    test('a name that is taken is a verdict, not an error, and changes nothing', async () => {
      assert.ok(await store.users.add(userOf('u2'), 'grace', 'one'))
      assert.equal(await store.users.add(userOf('u3'), 'grace', 'two'), false)
      assert.equal((await store.users.findByName('grace'))?.hash, 'one')
    })

    test('a transaction that throws leaves nothing behind; one that answers leaves everything', async () => {
      const bug = new Error('a bug')
      await assert.rejects(
        store.transaction(async (tx) => {
          await tx.users.add(userOf('u4'), 'u4', 'x')
          throw bug
        }),
        bug,
      )
      assert.equal(await store.users.find('u4'), undefined)
      assert.equal(
        await store.transaction(async (tx) => tx.users.add(userOf('u5'), 'u5', 'x')),
        true,
      )
      assert.ok(await store.users.find('u5'))
    })

    test('the outer store refuses to be used inside a transaction, instead of waiting for itself', async () => {
      for (const use of [
        async () => String(await store.users.find('u1')),
        async () => store.transaction(async () => 'never'),
      ])
        await assert.rejects(store.transaction(use), /use tx/)
      assert.ok(await store.users.find('u1'), 'and works again afterwards')
    })

    test('a statement that failed undoes its transaction, even when its error is caught', async () => {
      const added = store.transaction(async (tx) => {
        await tx.users.add(userOf('u6'), 'u6', 'x')
        await assert.rejects(tx.users.add(userOf('u6'), 'another', 'x'), {
          code: 'database_unusable',
        })
        await assert.rejects(tx.users.find('u6'), { code: 'database_unusable' })
      })
      await assert.rejects(added, { code: 'database_unusable' })
      assert.equal(await store.users.find('u6'), undefined)
    })

    test('uncommitted changes are not visible to others', async () => {
      await using others = await several('story', 1)
      const other = others.at(0)
      await store.transaction(async (tx) => {
        await tx.users.add(userOf('u7'), 'u7', 'x')
        assert.equal(await other.users.find('u7'), undefined)
      })
      assert.ok(await other.users.find('u7'))
    })

    test('of many transactions at once, those that throw are undone alone', async () => {
      await using handles = await several('mixed', 2)
      const count = 99
      await manyAtOnce(count, async (at) => {
        const bug = new Error('a bug')
        const work = handles.at(at).transaction(async (tx) => {
          await tx.users.add(userOf(`m${at}`), `m${at}`, 'x')
          if (at % 3 === 0) throw bug
          return tx.users.find(`m${at}`)
        })
        await (at % 3 === 0 ? assert.rejects(work, bug) : work)
      })
      for (let at = 0; at < count; at++)
        assert.equal(Boolean(await handles.at(0).users.find(`m${at}`)), at % 3 !== 0)
    })

    test('however many open an empty database at once, one makes its tables and the others wait', async () => {
      await using handles = await several('new', 12, 'nothing')
      for (const handle of handles.all) assert.deepEqual(await handle.signingKeys.list(), [])
    })

    test('of many adds of one name at once, one wins', async () => {
      await using handles = await several('names', 4)
      const adds = Array.from({ length: 40 }, (_, at) =>
        handles.at(at).users.add(userOf(`n${at}`), 'one', 'x'),
      )
      assert.equal((await Promise.all(adds)).filter(Boolean).length, 1)
    })

    test('under a lock a look and a write are not split by another transaction', async () => {
      await using handles = await several('turns', 4)
      // A name's first lock ever is a row being written; all later ones lock that row, and those are to be shown here.
      await handles.at(0).transaction((tx) => tx.lock('signing_keys'))
      const lookThenWrite = (at: number) =>
        handles.at(at).transaction(async (tx) => {
          await tx.lock('signing_keys')
          if ((await tx.signingKeys.list()).length > 0) return 'there'
          await tx.signingKeys.add(boundKeyOf({ id: `k${at}` }))
          return 'made'
        })
      const verdicts = await Promise.all(Array.from({ length: 48 }, (_, at) => lookThenWrite(at)))
      assert.equal(verdicts.filter((verdict) => verdict === 'made').length, 1)
    })

    test('however many start at once, one first key is made', async () => {
      await using handles = await several('keys', 8)
      const starts = Array.from({ length: 50 }, (_, at) =>
        ensureSigningKeys(ringRuntime(handles.at(at), 1)),
      )
      await Promise.all(starts)
      assert.equal((await handles.at(0).signingKeys.list()).length, 1)
    })

    test('of three processes that start seventeen times each, one makes the first key', async () => {
      const database = await locate('processes')
      const starters = Array.from({ length: 3 }, () => companion('first-key', database))
      await Promise.all(starters.map(({ lines }) => lines.next())) // all are ready
      for (const { process } of starters) process.stdin?.write('go')
      assert.deepEqual(await Promise.all(starters.map(({ ended }) => ended)), [0, 0, 0])
      await using handles = await several('processes', 1)
      assert.equal((await handles.at(0).signingKeys.list()).length, 1)
    })

    test('a store that was closed fails and does not hang', async () => {
      const closed = await createStore(await locate('closed'))
      await closed.close()
      await assert.rejects(closed.ping())
    })
  })
}
