import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { repetitions } from '@countersign/testing/proofs'
import { array, assert as check, asyncProperty, integer, nat, oneof, record } from 'fast-check'
import { take } from '../../domain/limits/bucket.ts'
import { createAttemptQueue } from '../../domain/limits/attempt-queue.ts'
import { admitAttempt } from '../../domain/limits/attempt-throttle.ts'
import { checkPasswordAttempt } from '../../domain/passwords/check-password-attempt.ts'
import { fail } from '../../failures.ts'
import { pruneLimits } from '../../domain/limits/limit-rate.ts'
import type { Store } from '../../domain/store.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import { quiet } from './keys.fixture.ts'
import { policies, testRoot } from './policies.fixture.ts'
import { manyAtOnce } from './many-at-once.fixture.ts'
import { openHandles } from './handles.fixture.ts'
import type { Database } from '../store.ts'

const someone = () => systemRandom.bytes(8).toString('hex')

/** The contract of every store for limits, races included, with so many handles on one database. */
export function limitsContract(
  name: string,
  locate: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the limits contract: ${name}`, () => {
    const stores: Store[] = []
    before(async () => {
      stores.push(...(await openHandles(await locate('limits'), handles)))
    })
    after(() => Promise.all(stores.map((one) => one.close())))
    const at = (index: number) => stores[index % stores.length]!

    test('a bucket in the database gives and refuses as the pure one does', async () => {
      const rule = record({
        capacity: integer({ min: 1, max: 5 }),
        period: integer({ min: 1, max: 60 }),
      })
      const step = oneof(nat(20), integer({ min: -300, max: 300 })) // clocks are set back, too
      await check(
        asyncProperty(rule, array(step, { maxLength: 20 }), async (bucket, pauses) => {
          const key = someone()
          let [fullAt, now]: [number | undefined, number] = [undefined, 1_800_000_000]
          for (const [index, pause] of pauses.entries()) {
            now += pause
            const pure = take(fullAt, bucket, now)
            assert.equal(await at(index).limits.take(key, bucket, now), pure.wait)
            fullAt = pure.fullAt
          }
        }),
        { numRuns: repetitions({ short: 15, long: 40 }) },
      )
    })

    test('of 100 wishes of each of three servers at once, a bucket of ten grants ten', async () => {
      const bucket = { capacity: 10, period: 60 }
      for (const key of [someone(), someone()]) {
        const waits = await manyAtOnce(300, (index) => at(index).limits.take(key, bucket, 1000))
        assert.equal(waits.filter((wait) => wait === 0).length, 10)
        assert.deepEqual([...new Set(waits)].toSorted(), [0, 6])
        assert.equal(await at(0).limits.take(key, bucket, 1006), 0)
      }
    })

    test('marks are put, found and locked; what has meant nothing for long is deleted', async () => {
      const { limits } = at(0)
      const [one, two, three] = [someone(), someone(), someone()]
      await limits.put(one, { count: 1, until: 100 })
      await limits.put(one, { count: 2, until: 100.5 })
      await limits.put(two, { count: 3, until: 101 })
      const found = await limits.find([one, two, three])
      assert.deepEqual(Object.fromEntries(found), {
        [one]: { count: 2, until: 100.5 },
        [two]: { count: 3, until: 101 },
      })
      const locked = await at(0).transaction((tx) => tx.limits.lock([three, two]))
      assert.deepEqual(locked.get(three), { count: 0, until: 0 })
      assert.deepEqual(locked.get(two), { count: 3, until: 101 })
      const day = 86_400
      await pruneLimits({ store: at(0), clock: { now: () => 101 + day }, log: quiet })
      assert.deepEqual([...(await limits.find([one, two, three])).keys()], [two])
    })

    /** Attempts at one user's password from one address, on all servers. */
    const queues = Array.from({ length: handles }, createAttemptQueue)
    const guesser = (user: string, address?: string) => {
      const attemptDelay = { free: 3, maxDelay: 900 }
      const runtime = (index: number, now: number) => ({
        store: at(index),
        attemptQueue: queues[index % handles]!,
        root: testRoot,
        clock: { now: () => now },
        policies: { ...policies, limits: { attempts: null, changes: null, attemptDelay } },
      })
      const admit = (now: number, index = 0) =>
        admitAttempt(runtime(index, now), { name: user, address })
      const waitOf = (error: { code: string; facts: { retryAfter: number } }) => {
        assert.equal(error.code, 'login_delayed')
        return error.facts.retryAfter
      }
      return {
        /** 0 when it was heard, else the seconds to wait. */
        wrong: (now: number, index = 0): Promise<number> =>
          admit(now, index).then(async (admission) => {
            await setTimeout(2) // a password is looked at
            await at(index).transaction((tx) => admission.wrong(tx))
            admission.end()
            return 0
          }, waitOf),
        right: (now: number): Promise<number> =>
          admit(now).then(async (admission) => {
            await setTimeout(2)
            await admission.right()
            admission.end()
            return 0
          }, waitOf),
        async untested(now: number) {
          const admission = await admit(now)
          await admission.untested()
          admission.end()
        },
      }
    }

    test('a guesser waits longer each time, from any server, and others at other places do not', async () => {
      const user = someone()
      const { wrong } = guesser(user, '192.0.2.1')
      const heard: number[] = []
      for (let now = 0, index = 0; now < 40; now++, index++)
        if ((await wrong(now, index)) === 0) heard.push(now)
      assert.deepEqual(heard, [0, 1, 2, 3, 5, 9, 17, 33])
      assert.equal(await wrong(34), 31)
      assert.equal(await guesser(user, '192.0.2.2').wrong(34), 0)
      assert.equal(await guesser(someone(), '192.0.2.1').wrong(34), 0)
    })

    test('[18.4] a burst from a customer with a /56 keeps no sign-in of others out', async () => {
      const attemptQueue = createAttemptQueue()
      const deps = {
        store: at(0),
        attemptQueue,
        root: testRoot,
        random: systemRandom,
        clock: { now: () => 1_800_000_000 },
        policies: {
          ...policies,
          limits: { ...policies.limits, attemptDelay: { free: 3, maxDelay: 9 } },
        },
      }
      let hashing = 0
      const hash = async () => {
        if (hashing >= 64) throw fail('busy') // as the hasher does
        hashing++
        await setTimeout(500)
        hashing--
        return 'signed in'
      }
      const attempt = (address: string) =>
        checkPasswordAttempt(deps, { name: someone(), address }, hash, async () => undefined).catch(
          ({ code }: { readonly code: string }) => code,
        )
      const burst = Array.from({ length: 256 }, (_, host) =>
        attempt(`2001:db8:0:${host.toString(16)}::1`),
      )
      await setTimeout(100)
      const honest = Array.from({ length: 16 }, (_, host) => attempt(`192.0.2.${host}`))
      assert.deepEqual([...new Set(await Promise.all(honest))], ['signed in'])
      const outcomes = await Promise.all(burst)
      assert.ok(outcomes.filter((one) => one === 'busy').length > 100)
    })

    test('a /64 network of IPv6 is one place', async () => {
      const user = someone()
      for (let left = 3; left > 0; left--) await guesser(user, `2001:db8::${left}`).wrong(1)
      assert.equal(await guesser(user, '2001:db8::ffff').wrong(1), 1)
      assert.equal(await guesser(user, '2001:db8:0:1::1').wrong(1), 0)
    })

    test('a right password clears its own place; a server that was busy counts for nothing', async () => {
      const { wrong, right, untested } = guesser(someone(), '192.0.2.1')
      for (const now of [1, 1]) assert.equal(await wrong(now), 0)
      for (let left = 9; left > 0; left--) await untested(1)
      assert.equal(await wrong(1), 0)
      assert.equal(await right(1), 1, 'right or wrong, the password is not checked')
      assert.equal(await right(2), 0)
      for (const now of [2, 2, 2]) assert.equal(await wrong(now), 0)
      assert.equal(await wrong(2), 1)
    })

    test('guessers at many places are slowed down together, and their owner at a known place is not', async () => {
      const user = someone()
      const home = guesser(user, '198.51.100.1')
      assert.equal(await home.right(0), 0)
      let heard = 0
      for (let from = 0; from < 100; from++)
        if ((await guesser(user, `10.0.0.${from}`).wrong(100, from)) === 0) heard++
      assert.equal(heard, 57, 'three, for each of nineteen')
      assert.ok((await guesser(user, '10.0.1.1').wrong(100)) > 0)
      assert.ok((await guesser(user, undefined).wrong(100)) > 0)
      assert.equal(await home.right(100), 0)
      assert.equal(
        await guesser(user, '10.0.1.1').wrong(100),
        1,
        'the owner resets nothing for them',
      )

      const month = 30 * 86_400
      assert.equal(await home.right(month - 1), 0)
      for (let from = 0; from < 60; from++) await guesser(user, `10.0.2.${from}`).wrong(month + 1)
      assert.equal(await home.right(month + 1), 0, 'remembered again')
      for (let from = 0; from < 60; from++) await guesser(user, `10.0.3.${from}`).wrong(3 * month)
      assert.ok((await home.right(3 * month)) > 0, 'who was away for a month is a stranger')
    })

    test('[18.9] a guesser in one network that is delayed does not keep the owner out of a new network', async () => {
      const user = someone()
      const guess = guesser(user, '192.0.2.1')
      const day = 86_400
      let heard = 0
      for (let now = 0; now < 3 * day; now += 900) if ((await guess.wrong(now)) === 0) heard++
      assert.ok(heard > 200, `${heard}`)
      for (const network of ['203.0.113.7', '203.0.113.8'])
        assert.equal(await guesser(user, network).right(3 * day - 900), 0)
    })

    test('[18.9] delayed networks are slowed down together, and no more is tried than before', async () => {
      const user = someone()
      const networks = Array.from({ length: 25 }, (_, host) => guesser(user, `10.0.0.${host}`))
      let heard = 0
      const hour = 3_600
      for (let now = 0; now < 6 * hour; now += 400)
        for (const { wrong } of networks) if ((await wrong(now)) === 0) heard++
      assert.ok(heard < 60 + 2 * (24 + 10), `${heard} passwords were tried in six hours`)
    })

    test('of many first attempts at once, each server checks no more than are free', async () => {
      for (let round = 0; round < repetitions({ short: 2, long: 4 }); round++) {
        const burst = async (servers: number, from: (index: number) => string) => {
          const user = someone()
          const all = Array.from({ length: 90 }, (_, index) =>
            guesser(user, from(index)).wrong(1, index % servers),
          )
          return (await Promise.all(all)).filter((wait) => wait === 0).length
        }
        const one = () => '192.0.2.1'
        assert.equal(await burst(1, one), 3)
        const heard = await burst(handles, one)
        assert.ok(heard >= 3 && heard <= 3 * handles, `${heard} on ${handles}`)
        assert.equal(
          await burst(1, (index) => `10.0.0.${index}`),
          57,
          'three, for each of nineteen',
        )
      }
    })

    test('however many sign in rightly at once, all do, and nothing is left of them', async () => {
      const user = someone()
      const home = guesser(user, '192.0.2.1')
      const many = (now: number) => Promise.all(Array.from({ length: 60 }, () => home.right(now)))
      for (const now of [1, 1, 2]) assert.deepEqual(new Set(await many(now)), new Set([0]))
      for (const now of [3, 3, 3]) assert.equal(await home.wrong(now), 0)
      assert.equal(await home.wrong(3), 1)
    })

    test('at a known place more may be under way at once, and not without end', async () => {
      const home = guesser(someone(), '192.0.2.1')
      await home.right(1)
      const all = Array.from({ length: 60 }, () => home.wrong(2))
      const heard = (await Promise.all(all)).filter((wait) => wait === 0).length
      assert.ok(heard >= 3 && heard <= 12, `${heard}`)
    })

    test('of many attempts at once, no more are checked than are allowed', async () => {
      for (let round = 0; round < repetitions({ short: 2, long: 4 }); round++) {
        const user = someone()
        const burst = async (now: number, from: (index: number) => string) => {
          const all = Array.from({ length: 60 }, (_, index) =>
            guesser(user, from(index)).wrong(now, index),
          )
          return (await Promise.all(all)).filter((wait) => wait === 0).length
        }
        const one = () => '192.0.2.1'
        assert.equal(await guesser(user, one()).wrong(1), 0)
        assert.equal(await burst(1, one), 2)
        assert.equal(await burst(2, one), 1)
        assert.equal(await burst(3, one), 0)
        assert.equal(await burst(4, one), 1)
        assert.equal(
          await burst(4, (index) => `10.0.0.${index}`),
          54,
          'three of 57 are gone; the delayed ones count apart',
        )
      }
    })
  })
}
