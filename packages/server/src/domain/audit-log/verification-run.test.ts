import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from '../../platform/observability/log.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import { testRoot } from '../../store/contracts/policies.fixture.ts'
import { createStore } from '../../store/store.ts'
import { createVerificationRun } from './verification-run.ts'
import { recordEvents } from './record-event.ts'
import { signCheckpoint } from './sign-checkpoint.ts'

/** An audit log of one entry and a checkpoint, and how often it was walked through. */
async function givenCheck() {
  const store = await createStore({ kind: 'sqlite', file: ':memory:' })
  let [now, walks, written] = [5, 0, '']
  const log = createLog({ level: 'error', readable: false }, { write: (line) => (written += line) })
  const runtime = { clock: { now: () => now++ }, random: systemRandom, root: testRoot, log, store }
  await store.transaction((tx) =>
    recordEvents(runtime, tx, { type: 'user_registered', user: 'u1', facts: {} }),
  )
  const { token } = await signCheckpoint(runtime)
  const page: typeof store.auditLog.page = (...of) => {
    walks++
    return store.auditLog.page(...of)
  }
  const counted = { ...store, auditLog: { ...store.auditLog, page } }
  return {
    check: createVerificationRun({ ...runtime, store: counted }),
    token,
    walks: () => walks,
    log: () => written,
    close: () => store.close(),
  }
}

test('concurrent requests to verify the audit log share one run', async () => {
  const { check, walks, close } = await givenCheck()
  check.start()
  const reports = await Promise.all(Array.from({ length: 10 }, () => check.run([])))
  assert.equal(walks(), 1)
  assert.deepEqual(new Set(reports).size, 1)
  const later = await check.run([])
  assert.equal(walks(), 2)
  assert.ok(later.since > (reports[0]?.since ?? Infinity), 'it says when it began')
  assert.equal(check.state().kind, 'done')
  await close()
})

test('a request with other checkpoints is refused during a run, and does not get that run\u2019s result', async () => {
  const { check, token, walks, close } = await givenCheck()
  const first = check.run([])
  await assert.rejects(check.run([token]), { code: 'audit_log_check_running' })
  assert.equal((await first).checkpoints, 1)
  const [again, same] = await Promise.all([check.run([token]), check.run([token])])
  assert.deepEqual([again.checkpoints, same, walks()], [2, again, 2])
  await close()
})

test('an invalid checkpoint is reported to its sender, and is no fault of the audit log', async () => {
  const { check, log, close } = await givenCheck()
  await check.run([])
  const before = check.state()
  const { fault } = await check.run(['a.b.c'])
  assert.equal(fault?.fault, 'checkpoint_unreadable')
  assert.deepEqual(check.state(), before)
  assert.equal(log(), '')
  await close()
})

test('a failed verification can be repeated', async () => {
  const { check, log, close } = await givenCheck()
  await close()
  await assert.rejects(check.run([]))
  assert.equal(check.state().kind, 'failed')
  assert.match(log(), /could not be checked/)
  await assert.rejects(check.run(['another']), (error: Error) => !/running/.test(error.message))
})
