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

test('in any span of time a bucket grants no more than it held and what was refilled meanwhile', () => {
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

test('a full bucket grants all its tokens at once, whether it is new or was deleted', () => {
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

test('a clock that was set back does not block for that long, and one that is ahead grants nothing extra', () => {
  const bucket = { capacity: 2, period: 60 }
  const emptied = (now: number) => take(take(undefined, bucket, now).fullAt, bucket, now).fullAt
  assert.ok(take(emptied(10_000), bucket, 10_000 - 3600).granted)
  assert.ok(
    !take(emptied(10_000), bucket, 10_000 - 5).granted,
    'another server, five seconds behind',
  )
})

test('the first failures are free, then each waits twice as long as the one before, up to the maximum', () => {
  const policy = { free: 5, maxDelay: 900 }
  let failures: FailedAttempts | undefined
  const waits = Array.from({ length: 18 }, () => {
    const now = failures?.until ?? 1000
    failures = countFailure(failures, policy, now)
    return waitOf(failures, now)
  })
  assert.deepEqual(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900])
  const { until } = failures!
  assert.equal(waitOf(failures, until - 0.5), 1)
  assert.equal(waitOf(failures, until), 0)
  assert.equal(recentFailures(failures, until + 86_399), 18)
  assert.equal(recentFailures(failures, until + 86_400), 0)
  assert.equal(
    countFailure(failures, policy, until + 86_400).count,
    1,
    'starts again after a quiet day',
  )
  assert.equal(waitOf(undefined, 0), 0)
})

test('a client network is an IPv4 address or a /64 network, in every notation', () => {
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
  for (const [address = '', network] of rows)
    assert.equal(clientNetworkOf(address), network, address)
})
