import { assert as check, array, asyncProperty, integer } from 'fast-check'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { fixedClock } from '../testing.ts'
import { singleFlight, singleFlightWithCooldown } from './single-flight.ts'

const microtasks = async (count: number) => {
  for (let done = 0; done < count; done++) await Promise.resolve()
}

/** Work that takes some microtasks, and counts how often it ran and how many of its runs overlapped. */
function counting() {
  const seen = { runs: 0, running: 0, overlapping: 0 }
  const work = async () => {
    const run = ++seen.runs
    seen.overlapping = Math.max(seen.overlapping, ++seen.running)
    await microtasks(20)
    seen.running--
    return run
  }
  return { seen, work }
}

suite('callers who may share a running promise', () => {
  test('a thousand calls at once make one run and get one result', async () => {
    const { seen, work } = counting()
    const flight = singleFlight(work)
    const results = await Promise.all(Array.from({ length: 1_000 }, () => flight()))
    assert.deepEqual([...new Set(results)], [1])
    assert.equal(seen.runs, 1)
    assert.equal(await flight(), 2) // nothing is kept
  })

  test('the work begins in the call itself, and the function says whether it is running', async () => {
    const { seen, work } = counting()
    const flight = singleFlight(work)
    assert.equal(flight.isRunning(), false)
    const run = flight()
    assert.equal(seen.runs, 1)
    assert.equal(flight.isRunning(), true)
    await run
    assert.equal(flight.isRunning(), false)
  })

  test('each key has a run of its own', async () => {
    const runs: string[] = []
    const flight = singleFlight(async (key: string) => {
      runs.push(key)
      await microtasks(3)
      return key.toUpperCase()
    })
    const results = await Promise.all([flight('a'), flight('b'), flight('a')])
    assert.deepEqual(results, ['A', 'B', 'A'])
    assert.deepEqual(runs, ['a', 'b'])
    assert.equal(flight.isRunning('a'), false)
  })

  test('a failed run rejects for all its callers, and the next call tries again', async () => {
    let runs = 0
    const flight = singleFlight((): Promise<string> => {
      if (++runs === 1) throw new Error('at once')
      return Promise.resolve('well')
    })
    const both = await Promise.allSettled([flight(), flight()])
    assert.ok(both.every(({ status }) => status === 'rejected'))
    assert.equal(await flight(), 'well')
  })
})

suite('callers who need a run that begins after their call', () => {
  test('a thousand calls at once make two runs', async () => {
    const { seen, work } = counting()
    const flight = singleFlight(work, { startAfterCall: true })
    await Promise.all(Array.from({ length: 1_000 }, () => flight()))
    assert.equal(seen.runs, 2)
  })

  test('runs never overlap and none begins before its call, whenever calls are made', async () => {
    await check(
      asyncProperty(
        array(integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 30 }),
        async (gaps) => {
          const { seen, work } = counting()
          const flight = singleFlight(work, { startAfterCall: true })
          const all: Promise<void>[] = []
          for (const gap of gaps) {
            const before = seen.runs
            all.push(flight().then((run) => assert.ok(run > before, `run ${run} had begun`)))
            await microtasks(gap)
          }
          await Promise.all(all)
          assert.equal(seen.overlapping, 1)
          assert.equal(flight.isRunning(), false)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('a failed run does not fail those who wait for the next', async () => {
    let runs = 0
    const flight = singleFlight(
      async () => {
        await microtasks(2)
        if (++runs === 1) throw new Error('the first')
        return runs
      },
      { startAfterCall: true },
    )
    const [first, second] = await Promise.allSettled([flight(), flight()])
    assert.equal(first.status, 'rejected')
    assert.deepEqual(second, { status: 'fulfilled', value: 2 })
  })
})

test('with a cooldown, calls share a run and start none until the cooldown after its end is over', async () => {
  const clock = fixedClock(1_000)
  let runs = 0
  const look = singleFlightWithCooldown(
    async () => {
      runs++
      await microtasks(3)
    },
    { clock, cooldown: () => 10 },
  )
  for (const [expected, wait] of [
    [1, 9],
    [1, 1],
    [2, 0],
  ] as const) {
    await Promise.all([look(), look()])
    assert.equal(runs, expected)
    clock.advance(wait)
  }
})
