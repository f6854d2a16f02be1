import assert from 'node:assert/strict'
import { test } from 'node:test'
import { charts, recentCountsOf } from './activity-charts.ts'

test('a chart shows the counts of its counter, the most frequent first, without zeros', () => {
  const [logins] = charts
  const silent = Array.from({ length: 360 }, () => 0)
  const counts = {
    'logins_total signed_in': silent.with(359, 2).with(0, 1),
    'logins_total credentials_wrong': silent.with(100, 7),
    'logins_total busy': silent,
    'refreshes_total rotate': silent.with(359, 9),
  }
  assert.ok(logins)
  assert.deepEqual(
    recentCountsOf(logins, { step: 10, until: 3600, counts, revocationDelay: undefined }),
    [
      { label: 'credentials_wrong', minutes: 0, hour: 7 },
      { label: 'signed_in', minutes: 2, hour: 3 },
    ],
  )
})
