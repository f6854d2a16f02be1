import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { test } from 'node:test'
import { loadConfig } from '../config/load.ts'
import { closeRuntime, openRuntime } from '../open-runtime.ts'
import type { Log } from '../domain/kernel/ports.ts'
import { jobs, type Job } from './jobs.ts'
import { createScheduler } from './scheduler.ts'

const every = 0.01 // seconds

/** A runtime, and what was logged as a fault. */
async function opened() {
  const env = { COUNTERSIGN_DATABASE_URL: 'sqlite::memory:' }
  const faults: unknown[] = []
  const quiet = () => undefined
  const log: Log = { info: quiet, warn: quiet, error: (facts) => void faults.push(facts['job']) }
  const runtime = await openRuntime(loadConfig({ mode: 'development', env }), { log })
  return { runtime, faults, [Symbol.asyncDispose]: () => closeRuntime(runtime) }
}

function jobOf(name: string, run: () => Promise<void>): Job {
  return { name, summary: 'For a test', every, run }
}

async function until(met: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!met()) {
    assert.ok(Date.now() < deadline, 'it does not come')
    await setTimeout(2)
  }
}

test('a job runs repeatedly, never concurrently with itself, but with other jobs', async () => {
  await using world = await opened()
  let [runs, inside, most, others] = [0, 0, 0, 0]
  const slow = jobOf('slow', async () => {
    most = Math.max(most, ++inside)
    const from = others
    await until(() => others >= from + 3) // longer than its period, which is the quick one's as well
    inside--
    runs++
  })
  const scheduler = createScheduler(
    [slow, jobOf('quick', async () => void others++)],
    world.runtime,
  )
  await until(() => runs >= 4)
  await scheduler.stop()
  assert.equal(most, 1)
  assert.ok(others >= 3 * runs, 'the quick one does not wait for the slow one')
})

test('a failed job is logged with its name, and retried', async () => {
  await using world = await opened()
  let runs = 0
  const failing = jobOf('failing', async () => {
    if (++runs < 3) throw new Error('not yet')
  })
  const scheduler = createScheduler([failing], world.runtime)
  await until(() => runs >= 5)
  await scheduler.stop()
  assert.deepEqual(world.faults, ['failing', 'failing'])
})

test('stopping waits for the current run, and no other starts', async () => {
  await using world = await opened()
  let [begun, ended] = [0, 0]
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  const slow = jobOf('slow', async () => {
    begun++
    await gate
    ended++
  })
  const scheduler = createScheduler([slow], world.runtime)
  await until(() => begun === 1)
  const stopped = scheduler.stop().then(() => ended)
  assert.equal(await Promise.race([stopped, setTimeout(30, 'waits')]), 'waits')
  open()
  assert.equal(await stopped, 1)
  await setTimeout(50)
  assert.equal(begun, 1)
})

test('a job that is stopped before its first run never runs', async () => {
  await using world = await opened()
  let runs = 0
  const scheduler = createScheduler([jobOf('never', async () => void runs++)], world.runtime)
  await scheduler.stop()
  await setTimeout(30)
  assert.equal(runs, 0)
})

test('every job has a unique name, a summary and a period', () => {
  assert.equal(new Set(jobs.map(({ name }) => name)).size, jobs.length)
  for (const { name, summary, every: period } of jobs) {
    assert.match(name, /^[a-z]+(-[a-z]+)*$/)
    assert.match(summary, /^[A-Z].*[^.]$/, name)
    assert.ok(period >= 1, name)
  }
})
