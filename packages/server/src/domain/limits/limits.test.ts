import assert from 'node:assert/strict'
import { test } from 'node:test'
import { array, assert as check, integer, nat, property, record } from 'fast-check'
import { spansOf, take } from './bucket.ts'
import { waitOf, type FailedAttempts, countFailure, recentFailures } from './attempt-delay.ts'
import { clientNetworkOf } from './client-network.ts'

const rule = record({
  capacity: integer({ min: 1, max: 50 }),
  period: integer({ min: 1, max: 900 }),
})

test('in any stretch of time a bucket gives no more than it held and what came back meanwhile', () => {
  check(
    property(rule, array(nat(30), { maxLength: 200 }), (bucket, pauses) => {
      const { token, whole } = spansOf(bucket)
      let [fullAt, now]: [number | undefined, number] = [undefined, 1_800_000_000]
      const grants: number[] = []
      for (const pause of pauses) {
        now += pause
        const taken = take(fullAt, bucket, now)
        assert.ok(Number.isSafeInteger(taken.fullAt))
        if (taken.granted) grants.push(now)
        else assert.ok(take(taken.fullAt, bucket, now + taken.wait).granted, 'the wait is enough')
        if (taken.wait > 1) assert.ok(!take(taken.fullAt, bucket, now + taken.wait - 1).granted)
        fullAt = taken.fullAt
      }
      for (const [first, from] of grants.entries())
        for (const [last, to] of grants.entries())
          assert.ok(last - first < (whole + (to - from) * 1000) / token || last < first)
    }),
  )
})

test('a bucket gives all it holds at once, whether it is new or was forgotten', () => {
  check(
    property(rule, nat(), (bucket, now) => {
      let fullAt: number | undefined
      for (let left = bucket.capacity; left > 0; left--) {
        const taken = take(fullAt, bucket, now)
        assert.ok(taken.granted)
        fullAt = taken.fullAt
      }
      assert.equal(take(fullAt, bucket, now).granted, false)
      const full = Math.ceil((fullAt ?? 0) / 1000)
      assert.deepEqual(take(fullAt, bucket, full), take(undefined, bucket, full))
    }),
  )
})

test('a clock that is set back keeps nobody out for as long as it was, and one that is ahead gives nothing away', () => {
  const bucket = { capacity: 2, period: 60 }
  const emptied = (now: number) => take(take(undefined, bucket, now).fullAt, bucket, now).fullAt
  assert.ok(take(emptied(10_000), bucket, 10_000 - 3600).granted)
  assert.ok(
    !take(emptied(10_000), bucket, 10_000 - 5).granted,
    'another server, five seconds behind',
  )
})

test('the first guesses are free, then each waits twice as long as the one before, up to the longest', () => {
  const policy = { free: 5, maxDelay: 900 }
  let guesses: FailedAttempts | undefined
  const waits = Array.from({ length: 18 }, () => {
    const now = guesses?.until ?? 1000
    guesses = countFailure(guesses, policy, now)
    return waitOf(guesses, now)
  })
  assert.deepEqual(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900])
  const { until } = guesses!
  assert.equal(waitOf(guesses, until - 0.5), 1)
  assert.equal(waitOf(guesses, until), 0)
  assert.equal(recentFailures(guesses, until + 86_399), 18)
  assert.equal(recentFailures(guesses, until + 86_400), 0)
  assert.equal(countFailure(guesses, policy, until + 86_400).count, 1, 'after a quiet day, anew')
  assert.equal(waitOf(undefined, 0), 0)
})

test('a place is an IPv4 address or a /64 network, however it is written', () => {
  const rows = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:0000:0000:0000:0001', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8::', '2001:db8:0:0::/64'],
    ['2001:db8:0:7::', '2001:db8:0:7::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['1::2:3:4:5:6:7', '1:0:2:3::/64'],
    ['::2:3:4:5:6:7:8', '0:2:3:4::/64'],
  ]
  for (const [address = '', place] of rows) assert.equal(clientNetworkOf(address), place, address)
})
