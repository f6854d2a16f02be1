import { createStatusList } from '@countersign/token'
import type { StatusList, VerifiedStatusChange } from '@countersign/token/internal'
import { array, assert as check, constant, integer, oneof, property, record } from 'fast-check'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  confirmList,
  isAsLoaded,
  isDue,
  judgeChange,
  learnChange,
  learnList,
  statusIn,
  type KnownList,
} from './known-list.ts'

const now = 1_800_000_000
const listOf = (...revoked: readonly number[]) => {
  const list = createStatusList(64)
  for (const index of revoked) list.set(index, 1)
  return list
}
const loaded = (list: StatusList, seq: number | undefined, issuedAt = now) => ({
  list,
  seq,
  issuedAt,
  expiresAt: issuedAt + 3600,
  ttl: 300,
})
const loading = { askedAt: now, maxStale: undefined, isFed: true }
const first = (seq: number | undefined = 10) =>
  learnList(undefined, loaded(listOf(1), seq), loading)
const change = (after: number, seq: number, issuedAt = now): VerifiedStatusChange => ({
  after,
  seq,
  indexes: [],
  issuedAt,
  expiresAt: issuedAt + 15,
})

suite('changes', () => {
  const rows: readonly (readonly [string, VerifiedStatusChange, string])[] = [
    ['the next one', change(10, 11), 'next'],
    ['a heartbeat', change(10, 10), 'next'],
    ['one that overlaps what is known', change(7, 12), 'next'],
    ['one that begins beyond what is known', change(11, 12), 'gap'],
    ['one that says nothing of what was missed', change(11, 11), 'gap'],
    ['one of a shorter history', change(8, 9), 'behind'],
    ['one that is said within the leeway of the newest', change(10, 11, now - 5), 'next'],
    ['one that is older', change(10, 11, now - 6), 'stale'],
  ]
  for (const [name, one, verdict] of rows)
    test(name, () => assert.equal(judgeChange(first(), one), verdict))

  test('a list whose issuer does not count its changes takes none', () => {
    const uncounted = learnList(undefined, loaded(listOf(1), undefined), loading)
    assert.equal(judgeChange(uncounted, change(0, 1)), 'stale')
  })

  test('a heartbeat confirms the list from when it was signed, never from when it came', () => {
    const known = learnChange(first(), change(10, 10, now + 20), now + 25)
    assert.equal(known.confirmedAt, now + 20)
    assert.equal(known.usableUntil, now + 320)
    assert.equal(
      learnChange(first(), change(10, 10, now + 4), now).confirmedAt,
      now,
      'nor from later',
    )
  })

  test('what comes after a gap confirms nothing, and wants the list loaded', () => {
    const known = learnChange(first(), change(11, 12, now + 20), now + 20)
    assert.equal(known.confirmedAt, now)
    assert.equal(known.seq, 10)
    assert.ok(isDue(known, now + 20))
    assert.ok(!isAsLoaded(known))
  })

  test('a server that knows less is looked into once for each connection', () => {
    const before: KnownList = { ...first(), lag: 'possible' }
    const seen = learnChange(before, change(4, 5), now)
    assert.ok(isDue(seen, now))
    const settled = learnList(seen, loaded(listOf(2), 5), loading)
    assert.equal(settled.seq, 5, 'its history is the one to follow now')
    assert.equal(statusIn(settled, 1, now), 'revoked', 'and nothing is taken back')
    assert.ok(!isDue(learnChange(settled, change(4, 4), now), now))
  })
})

suite('copies of the list', () => {
  test('a newer one replaces the one before, with what was given free', () => {
    const known = learnList(first(), loaded(listOf(2), 11), loading)
    assert.deepEqual(
      [1, 2].map((index) => statusIn(known, index, now)),
      ['good', 'revoked'],
    )
  })

  test('one that the feed has overtaken takes nothing back and confirms nothing', () => {
    const known = learnList(first(), loaded(listOf(2), 9), { ...loading, askedAt: now + 50 })
    assert.deepEqual(
      [1, 2].map((index) => statusIn(known, index, now)),
      ['revoked', 'revoked'],
    )
    assert.equal(known.seq, 10)
    assert.equal(known.confirmedAt, now)
  })

  test('an older one from a cache takes nothing back and confirms nothing, feed or none', () => {
    for (const seq of [9, undefined]) {
      const known = learnList(first(seq && 10), loaded(listOf(), seq, now - 60), {
        ...loading,
        askedAt: now + 50,
        isFed: false,
      })
      assert.equal(statusIn(known, 1, now), 'revoked')
      assert.equal(known.confirmedAt, now)
    }
  })

  test('a list is gone by for its ttl or as long as the user says, and never beyond its own end', () => {
    const until = (maxStale: number | undefined) =>
      learnList(undefined, loaded(listOf(), 1), { ...loading, maxStale }).usableUntil - now
    assert.deepEqual([until(undefined), until(20), until(86_400)], [300, 20, 3605])
    const known = first()
    assert.equal(statusIn(known, 2, now + 299), 'good')
    assert.equal(statusIn(known, 2, now + 300), 'stale')
    assert.equal(statusIn(known, 1, now + 300), 'revoked')
    assert.equal(statusIn(undefined, 1, now), 'unknown')
  })

  test('neither an old copy nor "unchanged" confirms what nobody has signed since, beyond what clocks may differ', () => {
    const asked = { ...loading, askedAt: now + 100 }
    for (const known of [
      confirmList(first(), now + 100),
      learnList(undefined, loaded(listOf(), 10), asked),
      learnList(first(), loaded(listOf(1), 10), asked),
    ]) {
      assert.equal(known.confirmedAt, now + 5)
      assert.equal(statusIn(known, 2, now + 304), 'good')
      assert.equal(statusIn(known, 2, now + 305), 'stale')
    }
    const fed = learnChange(first(), change(10, 10, now + 90), now + 90)
    assert.equal(confirmList(fed, now + 100).confirmedAt, now + 90, 'and takes back nothing')
    const late = confirmList(first(), now + 290)
    assert.ok(!isDue(late, now + 300) && isDue(late, now + 320), 'but it is asked for soon again')
  })

  test('an issuer that does not count its changes may sign seldom: its copy is good until its end', () => {
    const known = learnList(undefined, loaded(listOf(), undefined), {
      ...loading,
      askedAt: now + 3000,
    })
    assert.deepEqual([known.confirmedAt, known.usableUntil], [now + 3000, now + 3300])
    assert.equal(confirmList(known, now + 3550).usableUntil, now + 3605)
  })

  test('no issuer makes a guard ask without end, or believe for ever', () => {
    for (const [ttl, stale] of [
      [0.001, 10],
      [1e9, 86_400],
    ] as const) {
      const far = { ...loaded(listOf(), 1), ttl, expiresAt: now + 1e9 }
      const known = learnList(undefined, far, loading)
      assert.equal(known.usableUntil - now, stale)
      assert.ok(!isDue(known, now + 4))
    }
  })

  test('it is due at half of its time, and before it ends whatever the feed says', () => {
    const known = first()
    assert.ok(!isDue(known, now + 149))
    assert.ok(isDue(known, now + 150))
    const fed = learnChange(known, change(10, 10, now + 1799), now + 1799)
    assert.ok(!isDue(fed, now + 1799))
    assert.ok(isDue(fed, now + 1800))
  })
})

const reconnected = (known: KnownList): KnownList => ({ ...known, lag: 'possible' })

test('whatever is lost, late, doubled or out of order: no revocation is lost and none is taken back', () => {
  const at = integer({ min: 0, max: 40 })
  const step = oneof(
    record({ kind: constant('revoke' as const) }),
    record({
      kind: constant('hear' as const),
      from: at,
      to: at,
      late: integer({ min: 0, max: 9 }),
    }),
    record({ kind: constant('load' as const), to: at, late: at, fed: constant(true) }),
    record({ kind: constant('load' as const), to: at, late: at, fed: constant(false) }),
    record({ kind: constant('reconnect' as const) }),
  )
  check(
    property(array(step, { minLength: 10, maxLength: 60 }), (steps) => {
      let total = 0 // changes so far: the one with number n revoked index n
      let clock = now
      let known = learnList(undefined, loaded(listOf(), 0), loading)
      const seen = new Set<number>()
      for (const one of steps) {
        clock++
        if (one.kind === 'revoke') total = Math.min(total + 1, 60)
        else if (one.kind === 'reconnect') known = reconnected(known)
        else if (one.kind === 'hear') {
          const [after, seq] = [one.from, one.to]
            .map((n) => Math.min(n, total))
            .toSorted((a, b) => a - b)
          const told = change(after ?? 0, seq ?? 0, clock - one.late)
          // the bits are set as a copy does it: for whatever is not refused
          if (judgeChange(known, told) !== 'stale')
            for (let n = told.after + 1; n <= told.seq; n++) known.list.set(n, 1)
          known = learnChange(known, told, clock)
        } else {
          const seq = Math.min(one.to, total)
          const copy = loaded(
            listOf(...Array.from({ length: seq }, (_, n) => n + 1)),
            seq,
            clock - one.late,
          )
          known = learnList(known, copy, { askedAt: clock, maxStale: undefined, isFed: one.fed })
        }
        for (let n = 1; n <= (known.seq ?? 0); n++)
          assert.equal(statusIn(known, n, clock), 'revoked', `${n} is not beyond seq ${known.seq}`)
        for (const n of seen) assert.equal(statusIn(known, n, clock), 'revoked', `${n} was revoked`)
        for (let n = 1; n < 64; n++) if (statusIn(known, n, clock) === 'revoked') seen.add(n)
        for (const n of seen) assert.ok(n <= total, 'nothing is made up')
        assert.ok(known.confirmedAt <= clock)
      }
    }),
    { numRuns: 2000 },
  )
})
