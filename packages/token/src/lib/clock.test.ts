import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fixedClock } from '../testing.ts'
import { steadyClock, systemClock } from './clock.ts'
import { singleFlightWithCooldown } from './single-flight.ts'

const hour = 3600

suite('[18.34] durations, by a clock that steps', () => {
  test('a steady clock never goes back, and a step back counts as time that has passed', () => {
    const clock = fixedClock(1_800_000_000)
    const steady = steadyClock(clock)
    const start = steady.now()
    clock.advance(10)
    assert.equal(steady.now() - start, 10)
    clock.advance(-hour)
    assert.equal(steady.now() - start, 10 + hour)
    clock.advance(5)
    assert.equal(steady.now() - start, 15 + hour)
  })

  test('that of the machine is not moved by a step back, and goes forward with one', async (t) => {
    let skew = 0
    const now = Date.now.bind(Date)
    t.mock.method(Date, 'now', () => now() + skew)
    const steady = steadyClock(systemClock)
    const start = steady.now()
    skew = -hour * 1000
    await setTimeout(1100)
    const passed = steady.now() - start
    assert.ok(passed >= 1 && passed < 60, `${passed} s`)
    skew = hour * 1000 // as after a machine has slept
    assert.ok(steady.now() - start >= hour)
  })

  test('a cooldown is over after its own length at the latest', async () => {
    const clock = fixedClock(1_800_000_000)
    let runs = 0
    const look = singleFlightWithCooldown(async () => void runs++, { clock, cooldown: () => 30 })
    await look()
    clock.advance(-hour)
    clock.advance(30)
    await look()
    assert.equal(runs, 2)
  })
})
