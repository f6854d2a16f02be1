import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { fixedClock } from '@countersign/token/testing'
import { createRecentTokens } from './recent-tokens.ts'

suite('the recent API tokens of a guard', () => {
  test('[20.22] are in memory for at most 10 seconds, also when they are used all the time', () => {
    const clock = fixedClock(0)
    const recent = createRecentTokens(clock)
    for (let second = 0; second < 100; second++) {
      recent.add('csk_one', 'a.b.c')
      clock.advance(9.9)
      assert.equal(recent.find('csk_one'), 'a.b.c')
      clock.advance(0.1)
      assert.deepEqual([recent.find('csk_one'), recent.size], [undefined, 0])
    }
  })

  test('[20.22] are gone after 10 seconds without a request, from memory too', () => {
    const clock = fixedClock(0)
    const recent = createRecentTokens(clock)
    for (let n = 0; n < 100; n++) recent.add(`csk_${n}`, 'a.b.c')
    assert.equal(recent.size, 100)
    clock.advance(10)
    assert.equal(recent.size, 0)
  })

  test('have a limit, and one that is deleted is gone at once', () => {
    const recent = createRecentTokens(fixedClock(0))
    for (let n = 0; n < 20_000; n++) recent.add(`csk_${n}`, 'a.b.c')
    assert.equal(recent.size, 10_000)
    recent.delete('csk_7')
    assert.equal(recent.find('csk_7'), undefined)
  })
})
