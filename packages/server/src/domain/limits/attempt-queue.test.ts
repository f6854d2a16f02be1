import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createAttemptQueue } from './attempt-queue.ts'

/** Begins a guess for which there is so much room, and says when it has begun. */
function guess(queue: ReturnType<typeof createAttemptQueue>, room: () => number, key = 'k') {
  const state = { looks: 0, begun: false }
  const begun = queue.start([key], async () => {
    state.looks++
    return { capacity: new Map([[key, room()]]) }
  })
  void begun.then(
    () => (state.begun = true),
    () => {},
  )
  return { state, begun }
}

test('no more begin than there is room for, in their order, and others under another key', async () => {
  const queue = createAttemptQueue()
  const all = Array.from({ length: 5 }, () => guess(queue, () => 2))
  const other = guess(queue, () => 1, 'other')
  await setImmediate()
  assert.deepEqual(
    all.map(({ state }) => state.begun),
    [true, true, false, false, false],
  )
  assert.ok(other.state.begun)
  for (const [at, { begun }] of all.entries()) {
    ;(await begun).end(false)
    await setImmediate()
    assert.equal(all.filter(({ state }) => state.begun).length, Math.min(5, at + 3))
  }
})

test('the first one begins though there is no room, and the next waits', async () => {
  const queue = createAttemptQueue()
  const [one, two] = [guess(queue, () => -3), guess(queue, () => -3)]
  const { end } = await one.begun
  await setImmediate()
  assert.equal(two.state.begun, false)
  end(true)
  await two.begun
})

test('whoever looked while a wrong one ended looks again, and after a right one does not', async () => {
  for (const wrong of [true, false]) {
    const queue = createAttemptQueue()
    const { end } = await guess(queue, () => 2).begun
    const later = guess(queue, () => 2)
    end(wrong) // it has begun to look, and has not heard yet
    await later.begun
    assert.equal(later.state.looks, wrong ? 2 : 1)
  }
})

test('one that is refused lets the next one look', async () => {
  const queue = createAttemptQueue()
  const { end } = await guess(queue, () => 1).begun
  let refuse = false
  const waiting = Array.from({ length: 3 }, () =>
    guess(queue, () => {
      if (refuse) throw new Error('refused')
      return 1
    }),
  )
  await setImmediate()
  refuse = true
  end(true)
  const results = await Promise.allSettled(waiting.map(({ begun }) => begun))
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  )
  await guess(queue, () => 1).begun
})
