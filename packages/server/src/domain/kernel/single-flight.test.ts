import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serialize, singleFlight } from './single-flight.ts'

test('runs never overlap, whenever the calls come: also between a run and the next', async () => {
  let [runs, active, maxActive] = [0, 0, 0]
  const work = singleFlight(
    async () => {
      runs++
      maxActive = Math.max(maxActive, ++active)
      for (let turn = 0; turn < 20; turn++) await Promise.resolve()
      active--
    },
    { startAfterCall: true },
  )
  for (let after = 0; after < 60; after++) {
    const all = [work(), work()]
    for (let turn = 0; turn < after; turn++) await Promise.resolve()
    all.push(work())
    await Promise.all(all)
  }
  assert.equal(maxActive, 1)
  assert.ok(runs >= 120)
})

test('with startAfterCall, calls during a run share the next run', async () => {
  let runs = 0
  const work = singleFlight(
    async () => {
      runs++
      await Promise.resolve()
    },
    { startAfterCall: true },
  )
  await Promise.all(Array.from({ length: 1_000 }, () => work()))
  assert.equal(runs, 2)
})

test('without it, calls during a run share its result, and its failure', async () => {
  let runs = 0
  const work = singleFlight(async () => {
    runs++
    await Promise.resolve()
    if (runs === 1) throw new Error('first')
    return runs
  })
  const first = await Promise.allSettled([work(), work()])
  assert.deepEqual(
    first.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  assert.equal(await work(), 2)
})

test('serialized calls run one after the other, also after one that failed', async () => {
  const seen: string[] = []
  let calls = 0
  const work = serialize(async () => {
    const call = ++calls
    seen.push(`begin ${call}`)
    await Promise.resolve()
    if (call === 1) throw new Error('first')
    seen.push(`end ${call}`)
  })
  const results = await Promise.allSettled([work(), work()])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  )
  assert.deepEqual(seen, ['begin 1', 'begin 2', 'end 2'])
})
