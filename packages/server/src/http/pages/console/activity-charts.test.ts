import assert from 'node:assert/strict'
import { test } from 'node:test'
import { translateTo } from '../translation/translate.ts'
import { charts, seriesOf } from './activity-charts.ts'

const silent = Array.from({ length: 360 }, () => 0)
const activityOf = (counts: Readonly<Record<string, readonly number[]>>) =>
  ({ step: 10, until: 3600, counts, revocationDelay: undefined }) as const
const shown = (counts: Readonly<Record<string, readonly number[]>>, language: 'en' | 'de' = 'en') =>
  seriesOf(charts[0]!, activityOf(counts), translateTo(language)).map(
    ({ code, label, colour, minutes, hour }) => ({ code, label, colour, minutes, hour }),
  )

test('a chart shows the counts of its counter, the most frequent first, without zeros', () => {
  const counts = {
    'logins_total signed_in': silent.with(359, 2).with(0, 1),
    'logins_total credentials_wrong': silent.with(100, 7),
    'logins_total busy': silent,
    'refreshes_total rotate': silent.with(359, 9),
  }
  const wrong = { code: 'credentials_wrong', colour: '--series-fault', minutes: 0, hour: 7 }
  const right = { code: 'signed_in', colour: '--series-good', minutes: 2, hour: 3 }
  assert.deepEqual(shown(counts), [
    { ...wrong, label: 'Wrong name or password' },
    { ...right, label: 'Signed in' },
  ])
  assert.deepEqual(
    shown(counts, 'de').map(({ label }) => label),
    ['Falscher Name oder falsches Passwort', 'Angemeldet'],
  )
})

test('a code without a label is shown as words, in a colour of its own; rare ones are one series', () => {
  const counts = Object.fromEntries(
    Array.from({ length: 9 }, (_, at) => [`logins_total some_code_${at}`, silent.with(at, 9 - at)]),
  )
  const series = shown(counts)
  assert.equal(series.length, 6)
  assert.equal(series[0]?.label, 'Some code 0')
  assert.deepEqual([series[5]?.label, series[5]?.hour], ['Others', 4 + 3 + 2 + 1])
  const alone = shown({ 'logins_total some_code_3': silent.with(3, 1) })
  assert.equal(alone[0]?.colour, series[3]?.colour)
})
