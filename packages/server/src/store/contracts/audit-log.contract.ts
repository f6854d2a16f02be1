import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { repetitions } from '@countersign/testing/proofs'
import { openRootSecret } from '../../domain/kernel/root-secret.ts'
import { clientNetworkOf } from '../../domain/limits/client-network.ts'
import { countRefusal } from '../../domain/limits/count-refusal.ts'
import { erasePersonalData } from '../../domain/audit-log/erase-personal-data.ts'
import type { EntryFilter } from '../../domain/audit-log/audit-log.ts'
import { recordEvents } from '../../domain/audit-log/record-event.ts'
import { signCheckpoint } from '../../domain/audit-log/sign-checkpoint.ts'
import {
  countEntries,
  entryName,
  positionsBefore,
  positionsBehind,
  strandOf,
} from '../../domain/audit-log/strand.ts'
import { verifyAuditLog } from '../../domain/audit-log/verify-audit-log.ts'
import type { Store } from '../../domain/store.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import { newKeyEncryptionKeys } from './keys.fixture.ts'
import { testRoot } from './policies.fixture.ts'
import { manyAtOnce } from './many-at-once.fixture.ts'
import { entriesAfter } from './audit-entries.fixture.ts'
import { inOneStrand, openHandles, poolSize, type Locate } from './handles.fixture.ts'
import { createStore } from '../store.ts'

/** The contract of every store for the audit log, races included, with so many handles on one database. */
export function auditLogContract(name: string, locate: Locate, handles: number): void {
  suite(`the audit log contract: ${name}`, () => {
    const stores: Store[] = []
    before(async () => {
      stores.push(...(await openHandles(await locate('ledger'), handles)))
    })
    after(() => Promise.all(stores.map((one) => one.close())))

    const runtime = (at = 0, now = 5) => ({
      store: stores[at % stores.length]!,
      clock: { now: () => now },
      random: systemRandom,
      root: testRoot,
    })
    const login = (user: string, address = '192.0.2.1') =>
      ({
        type: 'login',
        user,
        session: `of ${user}`,
        facts: { amr: ['pwd'] },
        personal: { address },
      }) as const
    const record = (user: string, at = 0, now = 5) =>
      runtime(at).store.transaction((tx) => recordEvents(runtime(at, now), tx, login(user)))
    const countAll = async () => countEntries(await runtime().store.auditLog.heads())
    const strand = (user: string) => strandOf(user, runtime().store.auditLog.strands)
    const verified = async (kept: readonly string[] = []) => {
      const { fault, ...counts } = await verifyAuditLog(runtime(), kept, () => {})
      return fault ?? counts
    }

    test('an entry is found as it was told, by user and in order, and nothing is there before the first', async () => {
      const { auditLog } = runtime().store
      assert.deepEqual([await auditLog.heads(), await auditLog.last(0)], [[], undefined])
      assert.deepEqual(await verified(), { entries: 0, erased: 0, checkpoints: 0, unverifiable: 0 })
      await record('ada')
      await record('grace', 0, 7)
      const [newest, ...none] = await auditLog.newest(9, { userId: 'grace' })
      assert.deepEqual(none, [])
      const { mac, salt, commitment, ...told } = newest!
      assert.deepEqual(told, {
        strand: strand('grace'),
        seq: strand('grace') === strand('ada') ? 2 : 1,
        at: 7,
        type: 'login',
        userId: 'grace',
        sessionId: 'of grace',
        facts: '{"amr":["pwd"]}',
        personal: '{"address":"192.0.2.1"}',
      })
      for (const one of [mac, salt, commitment]) assert.match(one ?? '', /^[\w-]{43}$/)
      assert.deepEqual(await auditLog.last(strand('grace')), newest)
      const [first, ...others] = await auditLog.page({ strand: 0, seq: 0 }, 1)
      assert.deepEqual(others, [])
      const [second] = await auditLog.page(first!, 9)
      assert.deepEqual(new Set([first?.userId, second?.userId]), new Set(['ada', 'grace']))
      const users = async (filter?: EntryFilter) =>
        (await auditLog.newest(9, filter)).map((one) => one.userId)
      assert.deepEqual(await users(), ['grace', 'ada'])
      const behind = positionsBehind(await auditLog.heads())
      assert.deepEqual(await users({ type: 'login', before: behind }), ['grace', 'ada'])
      assert.deepEqual(await users({ before: positionsBefore(behind, [newest!]) }), ['ada'])
      assert.deepEqual(await users({ type: 'logout' }), [])
      assert.deepEqual(await users({ type: 'login', userId: 'ada' }), ['ada'])
      assert.deepEqual(await users({ userId: null }), [])
      assert.deepEqual(await users({ since: 7 }), ['grace'])
      assert.deepEqual(await users({ until: 7 }), ['ada'])
      assert.deepEqual(await users({ since: 5, until: 8, type: 'login' }), ['grace', 'ada'])
      const counts = [5, 7, 8].map((since) => auditLog.countSince('login', since, 9))
      assert.deepEqual(await Promise.all(counts), [2, 1, 0])
      assert.equal(await auditLog.countSince('login', 5, 1), 1)
    })

    test('what did not happen is not told', async () => {
      const { store } = runtime()
      const heads = await store.auditLog.heads()
      const bug = new Error('a bug')
      const work = store.transaction(async (tx) => {
        await recordEvents(runtime(), tx, login('unknown'))
        throw bug
      })
      await assert.rejects(work, bug)
      assert.deepEqual(await store.auditLog.heads(), heads)
    })

    test('[23.2] many appends at once, and as many again, make unbroken chains', async () => {
      const added = repetitions({ short: 80, long: 200 })
      for (let round = 0; round < 2; round++) {
        const entries = await countAll()
        await manyAtOnce(added, (at) => record(`u${at % 5}`, at))
        assert.deepEqual(await verified(), {
          entries: entries + added,
          erased: 0,
          checkpoints: 0,
          unverifiable: 0,
        })
      }
    })

    test('of many appends at once, those that are undone leave no gap', async () => {
      const entries = await countAll()
      await manyAtOnce(90, async (index) => {
        const bug = new Error('a bug')
        const work = runtime(index).store.transaction(async (tx) => {
          await recordEvents(runtime(index), tx, login(`g${index % 7}`))
          if (index % 3 === 0) throw bug
        })
        await (index % 3 === 0 ? assert.rejects(work, bug) : work)
      })
      assert.deepEqual(await verified(), {
        entries: entries + 60,
        erased: 0,
        checkpoints: 0,
        unverifiable: 0,
      })
    })

    test('of however many refusals of one place at once, the audit log tells all in few entries', async () => {
      const heads = await runtime().store.auditLog.heads()
      const refuse = (at: number, address?: string) =>
        runtime(at).store.transaction(async (tx) => {
          const network = clientNetworkOf(address ?? '')
          const count = await countRefusal(runtime(at), tx, 'refusals-from-network', network)
          const personal = { address: address ?? 'unknown' } // as every entry of this database has, which are counted below
          const event = { type: 'login_refused', facts: { count }, personal } as const
          if (count > 0) await recordEvents(runtime(at), tx, event)
        })
      await manyAtOnce(160, (at) => refuse(at, '192.0.2.77'))
      await Promise.all([refuse(0, '192.0.2.78'), refuse(1), refuse(2, '2001:db8::1')])
      const entries = await entriesAfter(runtime().store.auditLog, heads)
      const counts = entries.map(({ facts }) => facts)
      const one = Array<string>(23).fill('{"count":1}')
      assert.deepEqual(counts.toSorted(), [...one, '{"count":20}', '{"count":40}', '{"count":80}'])
      assert.equal(Object(await verified()).entries, countEntries(heads) + 26)
    })

    test('many events of one transaction stand together, more than one statement takes', async () => {
      const { store } = runtime()
      const entries = await countAll()
      const events = Array.from({ length: 450 }, (_, at) => login(`m${at}`))
      await store.transaction((tx) => recordEvents(runtime(), tx, ...events))
      assert.deepEqual(await verified(), {
        entries: entries + 450,
        erased: 0,
        checkpoints: 0,
        unverifiable: 0,
      })
      assert.equal((await store.auditLog.newest(1, { userId: 'm449' })).length, 1)
    })

    test('personal data is erased for one user, or for all that is old, and the chain stays whole', async () => {
      const { auditLog } = runtime().store
      for (const user of ['erika', 'max', 'erika']) await record(user, 0, 100)
      assert.equal(await erasePersonalData(runtime(), { user: 'erika' }, 'command line'), 2)
      assert.equal(await erasePersonalData(runtime(), { user: 'erika' }, 'command line'), 0)
      for (const { personal, salt, type } of await auditLog.newest(9, { userId: 'erika' }))
        assert.deepEqual([personal, salt], [null, null], type)
      assert.ok((await auditLog.newest(1, { userId: 'max' }))[0]?.personal)
      assert.equal(Object(await verified()).erased, 2)

      const entries = await countAll()
      const erased = await erasePersonalData(runtime(), { before: 100 }, 'command line')
      assert.equal(erased, entries - 4, 'all but those of Erika, of Max, and of the erasure')
      assert.ok((await auditLog.newest(1, { userId: 'max' }))[0]?.personal)
      assert.equal(Object(await verified()).erased, entries - 2)
    })

    test('a checkpoint is made when something has happened since the last, once however many ask', async () => {
      const earlier = await countAll()
      const asked = Array.from({ length: 20 }, (_, at) => signCheckpoint(runtime(at)))
      const tokens = new Set((await Promise.all(asked)).map((one) => one.token))
      assert.equal(tokens.size, 1)
      assert.equal(await countAll(), earlier + 1)
      await record('after')
      const next = await signCheckpoint(runtime())
      assert.equal(await countAll(), earlier + 3)
      const { checkpoints } = Object(await verified([...tokens, next.token]))
      assert.equal(checkpoints, 4, 'two beside the audit log, and two kept')
    })

    test('[23.2] a server of the version before appends to strand 0 at the same time, and all of it verifies', async () => {
      const database = await locate('two versions')
      const [store, earlier] = [
        await createStore(database),
        await createStore(database, inOneStrand),
      ]
      await manyAtOnce(60, async (at) => {
        const own = { ...runtime(), store: at % 2 === 0 ? store : earlier }
        const event = login(`v${at % 4}`)
        const events = [event, { type: 'production_begun', facts: {} }] as const
        await own.store.transaction((tx) => recordEvents(own, tx, ...events))
      })
      const found = await verifyAuditLog({ ...runtime(), store }, [], () => {})
      assert.deepEqual([found.fault, found.entries], [undefined, 120])
      const ofBefore = await verifyAuditLog({ ...runtime(), store: earlier }, [], () => {})
      assert.equal(ofBefore.fault, undefined)
      await Promise.all([store.close(), earlier.close()])
    })

    test('[23.3] events of one user have one order, also if several servers record them', async () => {
      const { auditLog } = runtime().store
      const times = Array.from({ length: 40 }, (_, at) => (at * 7) % 40) // clocks that differ
      await manyAtOnce(40, (at) => record('one', at, times[at]))
      const entries = await auditLog.newest(99, { userId: 'one' })
      assert.equal(entries.length, 40)
      assert.equal(new Set(entries.map((one) => one.strand)).size, 1)
      const seqs = entries.map(({ seq }) => seq)
      assert.deepEqual(
        seqs,
        seqs.toSorted((one, other) => other - one),
      )
    })

    test('[23.4] transactions with events of several users, in any order, do not wait for one another in a circle', async () => {
      const entries = await countAll()
      const users = Array.from({ length: 12 }, (_, at) => `c${at}`)
      await manyAtOnce(60, async (at) => {
        const shifted = [...users.slice(at % 12), ...users.slice(0, at % 12)]
        const events = (at % 2 === 0 ? shifted : shifted.toReversed()).map((user) => login(user))
        await runtime(at).store.transaction((tx) => recordEvents(runtime(at), tx, ...events))
      })
      assert.equal(Object(await verified()).entries, entries + 60 * users.length)
    })

    test('[23.5] a reader of the list, page by page, misses no entry that was there and sees none twice, while others are recorded', async () => {
      const { auditLog } = runtime().store
      const heads = await auditLog.heads()
      const there = (await entriesAfter(auditLog)).map(entryName)
      const writing = manyAtOnce(60, (at) => record(`p${at % 9}`, at, (at * 13) % 60))
      const seen: string[] = []
      for (let positions = positionsBehind(heads), more = true; more;) {
        const page = await runtime(1).store.auditLog.newest(17, { before: positions })
        seen.push(...page.map(entryName))
        positions = positionsBefore(positions, page)
        more = page.length > 0
      }
      await writing
      assert.deepEqual(seen.toSorted(), there.toSorted())
    })

    test('however many open an empty database at once, they have one root secret', async () => {
      const database = await locate('roots', 'nothing')
      const all = await Promise.all(Array.from({ length: 6 }, () => createStore(database)))
      await Promise.all(all.flatMap((one) => Array.from({ length: poolSize }, () => one.ping())))
      const ports = {
        clock: { now: () => 1 },
        random: systemRandom,
        keyEncryptionKeys: newKeyEncryptionKeys(),
      }
      const opened = await Promise.all(
        Array.from({ length: 48 }, (_, at) =>
          openRootSecret({ ...ports, store: all[at % all.length]! }),
        ),
      )
      assert.equal(new Set(opened.map((one) => one.key('limits').reveal())).size, 1)
      await Promise.all(all.map((one) => one.close()))
    })

    test('an encrypted secret is written once, and replaced only if it is unchanged', async () => {
      const { encryptedSecrets } = runtime().store
      assert.equal(await encryptedSecrets.add('x', 'one', 1), true)
      assert.equal(await encryptedSecrets.add('x', 'two', 1), false)
      const replace = (encrypted: string, next: string) =>
        encryptedSecrets.replaceEncrypted({ context: 'x', encrypted }, next)
      assert.equal(await replace('two', 'three'), false)
      assert.equal(await replace('one', 'two'), true)
      assert.equal(await encryptedSecrets.find('x'), 'two')
      assert.equal(await encryptedSecrets.find('y'), undefined)
    })
  })
}
