import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createAttemptQueue } from './attempt-queue.ts'

/** Starts an attempt with a capacity, and reports when it has started. */
function attempt(queue: ReturnType<typeof createAttemptQueue>, capacity: () => number, key = 'k') {
  const state = { reads: 0, started: false }
  const started = queue.start([key], async () => {
    state.reads++
    return { capacity: new Map([[key, capacity()]]) }
  })
  void started.then(
    () => (state.started = true),
    () => {},
  )
  return { state, started }
}

test('no more attempts start than there is capacity for, in order; those under another key are independent', async () => {
  const queue = createAttemptQueue()
  const all = Array.from({ length: 5 }, () => attempt(queue, () => 2))
  const other = attempt(queue, () => 1, 'other')
  await setImmediate()
  assert.deepEqual(
    all.map(({ state }) => state.started),
    [true, true, false, false, false],
  )
  assert.ok(other.state.started)
  for (const [at, { started }] of all.entries()) {
    ;(await started).end(false)
    await setImmediate()
    assert.equal(all.filter(({ state }) => state.started).length, Math.min(5, at + 3))
  }
})

test('the first attempt starts without capacity, and the next one waits', async () => {
  const queue = createAttemptQueue()
  const [one, two] = [attempt(queue, () => -3), attempt(queue, () => -3)]
  const { end } = await one.started
  await setImmediate()
  assert.equal(two.state.started, false)
  end(true)
  await two.started
})

test('an attempt that read the capacity while a wrong one ended reads it again; after a right one it does not', async () => {
  for (const wrong of [true, false]) {
    const queue = createAttemptQueue()
    const { end } = await attempt(queue, () => 2).started
    const later = attempt(queue, () => 2)
    end(wrong) // the later one is reading the capacity
    await later.started
    assert.equal(later.state.reads, wrong ? 2 : 1)
  }
})

test('an attempt that is refused lets the next one read the capacity', async () => {
  const queue = createAttemptQueue()
  const { end } = await attempt(queue, () => 1).started
  let refuse = false
  const waiting = Array.from({ length: 3 }, () =>
    attempt(queue, () => {
      if (refuse) throw new Error('refused')
      return 1
    }),
  )
  await setImmediate()
  refuse = true
  end(true)
  const results = await Promise.allSettled(waiting.map(({ started }) => started))
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  )
  await attempt(queue, () => 1).started
})
