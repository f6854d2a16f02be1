import { fixedClock } from '@countersign/token/testing'
import * as fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createActivity } from './activity.ts'
import { noMetrics } from './metrics.ts'

const key = 'logins_total signed_in'
const signIn = { outcome: 'signed_in' } as const

test('the last hour is kept in steps, the newest last, and older counts are dropped', () => {
  const clock = fixedClock(1_800_000_000)
  const activity = createActivity(noMetrics, clock)
  activity.count('logins_total', signIn)
  activity.count('logins_total', signIn)
  clock.advance(10)
  activity.count('logins_total', signIn)
  const { step, until, counts } = activity.recent()
  assert.deepEqual([step, until, counts[key]?.length], [10, 1_800_000_020, 360])
  assert.deepEqual(counts[key]?.slice(-3), [0, 2, 1])
  clock.advance(3580)
  assert.deepEqual(activity.recent().counts[key]?.slice(0, 2), [2, 1])
  clock.advance(10)
  assert.deepEqual(activity.recent().counts[key]?.slice(0, 2), [1, 0])
  clock.advance(100_000)
  assert.equal(
    activity.recent().counts[key]?.some((count) => count > 0),
    false,
  )
})

test('every count also reaches the wrapped metrics', () => {
  const told: unknown[] = []
  const below = { ...noMetrics, count: (...said: readonly unknown[]) => void told.push(said) }
  createActivity(below, fixedClock(0)).count('refusals_total', { code: 'token_expired' })
  assert.deepEqual(told, [['refusals_total', { code: 'token_expired' }]])
})

test('the average delay of revocations is known for the last hour', () => {
  const clock = fixedClock(1_800_000_000)
  const activity = createActivity(noMetrics, clock)
  assert.equal(activity.recent().revocationDelay, undefined)
  activity.observe('revocation_delay_seconds', {}, 0.002)
  clock.advance(60)
  activity.observe('revocation_delay_seconds', {}, 0.004)
  activity.observe('http_request_duration_seconds', { method: '', route: '', status: '' }, 9)
  assert.equal(activity.recent().revocationDelay?.toFixed(4), '0.0030')
  clock.advance(3590)
  assert.equal(activity.recent().revocationDelay?.toFixed(4), '0.0040')
  clock.advance(60)
  assert.equal(activity.recent().revocationDelay, undefined)
})

test('at any pace of time, each step has the counts of its own time', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 4000 }), { maxLength: 60 }), (pauses) => {
      const clock = fixedClock(1_800_000_000)
      const activity = createActivity(noMetrics, clock)
      const times = pauses.map((pause) => {
        clock.advance(pause)
        activity.count('logins_total', signIn)
        return clock.now()
      })
      const { until, counts } = activity.recent()
      const seen = counts[key] ?? []
      for (const [at, count] of seen.entries()) {
        const from = until - (seen.length - at) * 10
        const expected = times.filter((time) => time >= from && time < from + 10).length
        assert.equal(count, expected)
      }
    }),
  )
})

test('an unbounded number of label values does not fill the memory', () => {
  const activity = createActivity(noMetrics, fixedClock(0))
  for (let n = 0; n < 10_000; n++) activity.count('refusals_total', { code: `made_up_${n}` })
  assert.equal(Object.keys(activity.recent().counts).length, 256)
})
