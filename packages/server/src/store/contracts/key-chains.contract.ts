import type { PublicAlgorithm } from '@countersign/token/internal'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { commandLine } from '../../domain/audit-log/event.ts'
import { compareKeyRing } from '../../domain/keys/compare-key-ring.ts'
import { ensureSigningKeys } from '../../domain/keys/ensure-signing-keys.ts'
import type { KeyPolicy } from '../../domain/keys/plan-rotation.ts'
import { rotateByHand, rotateSigningKeys } from '../../domain/keys/rotate-signing-keys.ts'
import { activeOf, chainOf, signingKeysOf, stateOf } from '../../domain/keys/signing-key.ts'
import { putResource } from '../../domain/machines/change-resources.ts'
import type { Database } from '../store.ts'
import { openHandles } from './handles.fixture.ts'
import { day, ringOf, ringRuntime } from './keys.fixture.ts'
import { testRoot } from './policies.fixture.ts'

const count = 4 // handles on one database
const hour = 3_600
const both = { algorithms: ['ES256', 'EdDSA'] } as const
const former = { algorithms: ['ES256'] } as const
const next = { algorithms: ['EdDSA'] } as const
const audience = 'https://api.example'

/** The contract of every store for chains of several algorithms, races included. */
export function keyChainsContract(
  name: string,
  locate: (database: string) => Promise<Database>,
): void {
  suite(`the contract of key chains: ${name}`, () => {
    /** Several handles on one database, with a first key and the next of each algorithm. */
    async function begun(database: string, algorithms: KeyPolicy['algorithms']) {
      const all = await openHandles(await locate(database), count)
      const runtime = (index: number, now: number, change: Partial<KeyPolicy>) =>
        ringRuntime(all[index % count]!, now, change)
      await ensureSigningKeys(runtime(0, 0, { algorithms }))
      await rotateSigningKeys(runtime(0, 0, { algorithms }))
      return {
        runtime,
        /** Runs the job of many servers at once, or of one with each of several settings. */
        jobs: (now: number, ...changes: readonly Partial<KeyPolicy>[]) =>
          Promise.all(
            Array.from({ length: changes.length === 1 ? 24 : changes.length }, (_, index) =>
              rotateSigningKeys(runtime(index, now, changes[index % changes.length]!)),
            ),
          ),
        async states(algorithm: PublicAlgorithm, now: number) {
          const ring = await ringOf(all[0]!)
          const states = chainOf(ring, algorithm).map((key) => stateOf(key, now))
          return states.filter((state) => state !== 'retired').join(' ')
        },
        ring: () => ringOf(all[0]!),
        store: all[0]!,
        [Symbol.asyncDispose]: async () => void (await Promise.all(all.map((one) => one.close()))),
      }
    }

    test('the first start makes a chain for each algorithm, and each signs at once', async () => {
      await using opened = await begun('chains at first', both.algorithms)
      assert.equal(await opened.states('ES256', 0), 'active standby')
      assert.equal(await opened.states('EdDSA', 0), 'active standby')
    })

    test('however many servers add the same algorithm at once, one chain results', async () => {
      await using opened = await begun('chains added', former.algorithms)
      await opened.jobs(day, both)
      assert.equal(await opened.states('EdDSA', day), 'standby')
      const entries = await opened.store.auditLog.newest(100, { type: 'key_introduced' })
      assert.equal(entries.filter(({ facts }) => facts.includes('"EdDSA"')).length, 1)
      await opened.jobs(3 * day, both)
      assert.equal(await opened.states('EdDSA', 3 * day), 'active standby')
      assert.equal(await opened.states('ES256', 3 * day), 'active standby')
    })

    test('a chain rotates, and is replaced, without a change of the others', async () => {
      await using opened = await begun('chains that rotate', both.algorithms)
      const now = 10 * day
      const before = chainOf(await opened.ring(), 'ES256')
      const { id } = activeOf(await opened.ring(), now, 'EdDSA')!
      await rotateByHand(opened.runtime(0, now, both), id, 'published')
      const second = activeOf(await opened.ring(), now, 'EdDSA')!
      await rotateByHand(opened.runtime(1, now, both), second.id, 'now')
      const ring = await opened.ring()
      assert.equal(await opened.states('EdDSA', now), 'retiring active standby')
      assert.notEqual(second.id, id)
      assert.deepEqual(chainOf(ring, 'ES256'), before)
    })

    test('while servers have other settings, both chains sign without a gap', async () => {
      await using opened = await begun('chains of two settings', former.algorithms)
      for (let now = day; now < 5 * day; now += hour / 2) {
        await opened.jobs(now, former, both)
        const ring = await opened.ring()
        for (const skew of [-600, 0, 600, hour / 2 - 1]) {
          assert.ok(activeOf(ring, now + skew, 'ES256'))
          const signs = signingKeysOf(ring, former.algorithms)(now + skew, 'EdDSA')
          assert.equal(signs?.algorithm, now + skew < 3 * day - 900 ? 'ES256' : 'EdDSA')
        }
      }
      const made = await opened.store.auditLog.newest(1_000, { type: 'key_introduced' })
      assert.ok(made.length <= 60, 'each undoes what the other did once an hour at most')
    })

    test('a chain that is needed no more retires, and its tokens live out; the log says so', async () => {
      await using opened = await begun('chains that end', both.algorithms)
      const now = 10 * day
      await opened.jobs(now, former)
      assert.equal(await opened.states('EdDSA', now), 'active')
      assert.equal(await opened.states('EdDSA', now + hour), 'retiring')
      assert.equal(await opened.states('EdDSA', now + hour + 25 * hour - 1), 'retiring')
      assert.equal(await opened.states('EdDSA', now + hour + 25 * hour), '')
      await opened.jobs(now + 60 * day, former)
      const ring = await opened.ring()
      assert.deepEqual(new Set(ring.map(({ algorithm }) => algorithm)), new Set(['ES256']))
      const ended = await opened.store.auditLog.newest(9, { type: 'key_chain_ended' })
      assert.equal(ended.length, 1)
      const clock = { now: () => now + 60 * day }
      const report = await compareKeyRing({ store: opened.store, root: testRoot, clock })
      assert.deepEqual(report.faults, [])
    })

    test('the default algorithm changes once the next chain signs', async () => {
      await using opened = await begun('chains that follow', former.algorithms)
      const signs = async (now: number) =>
        signingKeysOf(await opened.ring(), next.algorithms)(now)?.algorithm
      for (const now of [day, 2 * day, 3 * day - 1_000]) {
        await opened.jobs(now, next)
        assert.equal(await signs(now), 'ES256')
      }
      await opened.jobs(3 * day, next)
      assert.equal(await signs(3 * day), 'EdDSA')
      assert.equal(await opened.states('ES256', 3 * day), 'active', 'for an hour more')
      assert.equal(await opened.states('ES256', 3 * day + hour), 'retiring')
    })

    test('a resource is refused an algorithm without keys, and keeps the chain that it names', async () => {
      await using opened = await begun('chains of resources', both.algorithms)
      const now = 10 * day
      const put = (algorithm: string, change: Partial<KeyPolicy>, at = now) =>
        putResource(opened.runtime(1, at, change), { audience, scopes: [], algorithm }, commandLine)
      await assert.rejects(put('RS256', both), {
        code: 'resource_unacceptable',
        message: /keys\.algorithms/,
      })
      await assert.rejects(put('none', both), { code: 'resource_unacceptable' })
      await put('EdDSA', former)
      await opened.jobs(now, former)
      assert.equal(await opened.states('EdDSA', now), 'active standby')
      await put('ES256', former)
      await opened.jobs(now, former)
      await assert.rejects(put('EdDSA', former), { code: 'resource_unacceptable' })
    })

    test('if a chain ends while a resource begins to need it, one of the two is refused', async () => {
      await using opened = await begun('chains in a race', both.algorithms)
      for (let round = 1; round <= 8; round++) {
        const now = round * 10 * day
        const needed = putResource(
          opened.runtime(1, now, former),
          { audience, scopes: [], algorithm: 'EdDSA' },
          commandLine,
        ).then(
          () => true,
          () => false,
        )
        const [isNeeded] = await Promise.all([
          needed,
          rotateSigningKeys(opened.runtime(2, now, former)),
        ])
        const lasts = chainOf(await opened.ring(), 'EdDSA').at(-1)?.retiredAt === null
        assert.equal(lasts, isNeeded)
        await putResource(opened.runtime(1, now, both), { audience, scopes: [] }, commandLine)
        await rotateSigningKeys(opened.runtime(2, now, both))
      }
    })
  })
}
