import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLanes } from './lanes.ts'

test('a lane that is full is the cause that is named, and not an issuer that failed before', () => {
  let now = 1
  const lanes = createLanes({ now: () => now }, () => false)
  const lane = lanes.of('made up', false)
  assert.equal(lanes.problem(), undefined)
  assert.ok(lane.admit())
  lane.note({ kind: 'failed', problem: 'fetch failed' })
  assert.equal(lanes.problem(), 'fetch failed')
  assert.ok(!lane.admit())
  now += 6
  while (lane.admit());
  assert.match(lanes.problem() ?? '', /^this guard has asked about too many/)
  now += 1
  assert.equal(lanes.problem(), undefined)
})
