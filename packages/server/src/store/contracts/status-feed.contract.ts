import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { array, assert as check, asyncProperty, constantFrom, nat, record } from 'fast-check'
import { repetitions } from '@countersign/testing/proofs'
import { maxStrands } from '../../domain/audit-log/strand.ts'
import {
  createLiveStatusLists,
  type LiveStatusLists,
} from '../../domain/revocation/live-status-lists.ts'
import { createStatusFeed } from '../../domain/revocation/status-feed.ts'
import type { Store } from '../../domain/store.ts'
import { createLog } from '../../platform/observability/log.ts'
import { addUnnumbered } from '../tables/status-lists.ts'
import { createStore, withDatabase, type Database } from '../store.ts'
import { asBefore, type Locate } from './handles.fixture.ts'
import { policies } from './policies.fixture.ts'

/** The statement of an event of a feed: that after `after`, up to `seq`, exactly these bits of a list were set. */
interface Statement {
  readonly uri: string
  readonly after: number
  readonly seq: number
  readonly indexes: readonly number[]
}

const issuer = 'https://auth.example.com'
const clock = { now: () => 5 }
const log = createLog({ level: 'silent', readable: false })

/** One of several servers: its lists, and a feed whose events and heartbeats are recorded. */
async function server(store: Store, stated: Statement[]) {
  const statusLists = createLiveStatusLists({ store, clock, log }, issuer)
  const beats: (() => void)[] = []
  const timer = { after: (_: number, run: () => void) => (beats.push(run), () => {}) }
  const statusSigner = {
    change: (statement: Statement) => (stated.push(statement), ''),
    list: () => '',
  }
  const keys = { keySetName: () => 'keys' }
  const feed = createStatusFeed({
    issuer: { ...keys, statusSigner } as unknown as Parameters<
      typeof createStatusFeed
    >[0]['issuer'],
    timer,
    policies,
    statusLists,
  })
  const stop = await store.onChange(async () => void (await statusLists.refresh()))
  await statusLists.catchUp()
  return {
    store,
    statusLists,
    beat: () => beats.shift()?.(),
    /** Follows a list from a number that a guard remembers. */
    async follow(id: number, seen: number) {
      const list = await statusLists.find(id)
      if (list) feed.follow(list, seen, { send: () => true, end: () => {} })
    },
    stop,
  }
}

/** The contract of every store for the feeds of several servers, of this version and the one before, and of processes that crash. */
export function statusFeedContract(name: string, locate: Locate): void {
  suite(`the status feed contract: ${name}`, () => {
    let database: Database
    let stores: readonly Store[] = []
    let lists = 0
    before(async () => {
      database = await locate('status feed', 'nothing')
      const newest = { strands: maxStrands }
      stores = [await createStore(database)]
      const opened = [
        createStore(database, newest),
        createStore(database, newest),
        createStore(asBefore(database), { strands: 0 }),
      ]
      stores = [...stores, ...(await Promise.all(opened))]
    })
    after(() => Promise.all(stores.map((one) => one.close())))

    /** Returns the bits that are set in a list, with their numbers, as the database has them in the end. */
    async function historyOf(id: number): Promise<ReadonlyMap<number, number>> {
      const changes = await stores[0]!.statusLists.changes(0, 1e6)
      return new Map(changes.filter(({ list }) => list === id).map((one) => [one.seq, one.index]))
    }

    /** Asserts that a statement is true of what the database has in the end: no change has come between later. */
    function assertTrue(
      history: ReadonlyMap<number, number>,
      { after: from, seq, indexes }: Statement,
    ) {
      const between = [...history].filter(([number]) => number > from && number <= seq)
      assert.deepEqual(new Set(indexes), new Set(between.map(([, index]) => index)))
    }

    const step = record({
      kind: constantFrom('end', 'end', 'end', 'crash', 'look', 'follow', 'beat'),
      at: nat(2),
      bits: nat(2),
    })

    test('[23.8] every event that a feed has sent stays true, while servers end sessions, crash and read at once', async () => {
      const numRuns = repetitions({ short: 12, long: 200 })
      const property = asyncProperty(
        array(step, { minLength: 12, maxLength: 40 }),
        async (steps) => {
          const id = ++lists
          await stores[0]!.transaction((tx) => tx.statusLists.add({ id, size: 1024 }, 0))
          const stated: Statement[] = []
          const servers = await Promise.all(stores.slice(1, 3).map((one) => server(one, stated)))
          const known: { readonly seq: number; readonly bits: number }[] = []
          let next = 0
          const remember = (statusLists: LiveStatusLists) => async () => {
            const list = await statusLists.find(id)
            const { seq } = statusLists
            const bits = Array.from({ length: 1024 }, (_, index) => list?.bits.get(index) ?? 0)
            known.push({ seq, bits: bits.filter(Boolean).length })
          }
          await Promise.all(
            steps.map(async ({ kind, at, bits }) => {
              const one = servers[at % 2]!
              const some = Array.from({ length: bits + 1 }, () => ({ list: id, index: next++ }))
              if (kind === 'end')
                await stores[at + 1]!.transaction((tx) => tx.sessions.revoke(some, 5))
              if (kind === 'crash') await withDatabase(database, (db) => addUnnumbered(db, some, 5))
              if (kind === 'look') await one.statusLists.catchUp().then(remember(one.statusLists))
              if (kind === 'follow') await one.follow(id, one.statusLists.seq)
              if (kind === 'beat') one.beat()
            }),
          )
          await Promise.all(servers.map(({ statusLists }) => statusLists.catchUp()))
          await Promise.all(servers.map(({ stop }) => stop()))
          const history = await historyOf(id)
          for (const statement of stated)
            if (statement.uri.endsWith(`/${id}`)) assertTrue(history, statement)
          for (const { seq, bits } of known)
            assert.equal([...history.keys()].filter((number) => number <= seq).length, bits)
          const expected = steps
            .filter(({ kind }) => kind === 'end' || kind === 'crash')
            .reduce((sum, { bits }) => sum + bits + 1, 0)
          assert.equal(history.size, expected)
          for (const { statusLists } of servers) {
            const list = await statusLists.find(id)
            for (const index of history.values()) assert.equal(list?.bits.get(index), 1)
          }
        },
      )
      await check(property, { numRuns })
    })

    test('a change that gets the number of one that the database has lost, as in a failover to a standby that lagged, is read and pushed, and no lower number is stated', async () => {
      const id = ++lists
      await stores[0]!.transaction((tx) => tx.statusLists.add({ id, size: 64 }, 0))
      const stated: Statement[] = []
      const { statusLists, follow, stop } = await server(stores[1]!, stated)
      const revoke = async (index: number) => {
        await stores[2]!.transaction((tx) => tx.sessions.revoke([{ list: id, index }], 5))
        await statusLists.catchUp()
      }
      await follow(id, 0)
      await revoke(0)
      await revoke(1)
      const { seq } = statusLists
      await withDatabase(database, (db) =>
        db.deleteFrom('status_changes').where('seq', '=', seq).execute(),
      )
      await revoke(2)
      const list = await statusLists.find(id)
      assert.equal(await stores[0]!.statusLists.lastSeq(), seq)
      assert.deepEqual(
        [0, 1, 2].map((index) => list?.bits.get(index)),
        [1, 0, 1],
      )
      const pushed = stated.filter(({ uri }) => uri.endsWith(`/${id}`))
      assert.ok(pushed.some(({ indexes }) => indexes.includes(2)))
      assert.equal(pushed.at(-1)?.seq, seq)
      await stop()
    })
  })
}
