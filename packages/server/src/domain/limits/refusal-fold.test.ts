import assert from 'node:assert/strict'
import { test } from 'node:test'
import { array, assert as check, nat, property } from 'fast-check'
import { foldRefusal, type Refusals } from './refusal-fold.ts'

/** The entries of the audit log for refusals at these times. */
function entriesOf(times: readonly number[]) {
  let refusals: Refusals = { count: 0, until: 0 }
  const entries: number[] = []
  for (const now of times) {
    const { after, standsFor } = foldRefusal(refusals, now)
    refusals = after
    if (standsFor > 0) entries.push(standsFor)
  }
  return { entries, refusals }
}

test('the first twenty of an hour are recorded one by one, then all whenever they have doubled', () => {
  const { entries } = entriesOf(Array.from({ length: 1799 }, (_, at) => 100 + at * 2))
  assert.deepEqual(entries, [...Array<number>(20).fill(1), 20, 40, 80, 160, 320, 640])
  assert.equal(entriesOf([1, 2, 3]).entries.length, 3)
})

test('refusals of an hour that were not recorded are recorded with the first of the next', () => {
  const hour = Array.from({ length: 39 }, () => 1)
  assert.deepEqual(entriesOf([...hour, 3600]).entries, [...Array<number>(20).fill(1), 20])
  assert.deepEqual(entriesOf([...hour, 3601]).entries, [...Array<number>(20).fill(1), 20])
  assert.deepEqual(entriesOf([...hour, 3601, 3602]).entries, [...Array<number>(20).fill(1), 20, 1])
})

test('at any times, none is recorded twice, at most half of an hour is not recorded yet, and entries are few', () => {
  check(
    property(array(nat(300), { maxLength: 500 }), (pauses) => {
      let now = 1
      const times = pauses.map((pause) => (now += pause))
      const { entries, refusals } = entriesOf(times)
      const sum = entries.reduce((all, one) => all + one, 0)
      assert.ok(sum <= times.length)
      assert.ok(times.length - sum <= refusals.count / 2)
      assert.ok(entries.length <= (Math.floor(now / 3600) + 1) * 26)
    }),
  )
})
