import { createStatusList } from '@countersign/token'
import type { StatusList, VerifiedStatusChange } from '@countersign/token/internal'
import { array, assert as check, constant, integer, oneof, property, record } from 'fast-check'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  confirmList,
  isUnchangedSinceLoad,
  isDue,
  classifyChange,
  applyChange,
  applyList,
  statusOf,
  type ListState,
} from './list-state.ts'

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
const loading = { requestedAt: now, maxStale: undefined, isFed: true }
const first = (seq: number | undefined = 10) =>
  applyList(undefined, loaded(listOf(1), seq), loading)
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
    ['one that overlaps the known changes', change(7, 12), 'next'],
    ['one that starts beyond the known changes', change(11, 12), 'gap'],
    ['a heartbeat after missed changes', change(11, 11), 'gap'],
    ['one of a shorter history', change(8, 9), 'behind'],
    ['one signed within the leeway of the newest', change(10, 11, now - 5), 'next'],
    ['one signed earlier than that', change(10, 11, now - 6), 'stale'],
  ]
  for (const [name, one, verdict] of rows)
    test(name, () => assert.equal(classifyChange(first(), one), verdict))

  test('a list whose issuer does not number its changes accepts none', () => {
    const uncounted = applyList(undefined, loaded(listOf(1), undefined), loading)
    assert.equal(classifyChange(uncounted, change(0, 1)), 'stale')
  })

  test('a heartbeat confirms the list as of its signature, never as of its arrival', () => {
    const known = applyChange(first(), change(10, 10, now + 20), now + 25)
    assert.equal(known.confirmedAt, now + 20)
    assert.equal(known.usableUntil, now + 320)
    assert.equal(
      applyChange(first(), change(10, 10, now + 4), now).confirmedAt,
      now,
      'nor from later',
    )
  })

  test('a change after a gap confirms nothing, and makes the list due', () => {
    const known = applyChange(first(), change(11, 12, now + 20), now + 20)
    assert.equal(known.confirmedAt, now)
    assert.equal(known.seq, 10)
    assert.ok(isDue(known, now + 20))
    assert.ok(!isUnchangedSinceLoad(known))
  })

  test('a server that knows less causes one load for each connection', () => {
    const before: ListState = { ...first(), lag: 'possible' }
    const seen = applyChange(before, change(4, 5), now)
    assert.ok(isDue(seen, now))
    const settled = applyList(seen, loaded(listOf(2), 5), loading)
    assert.equal(settled.seq, 5, 'its history counts now')
    assert.equal(statusOf(settled, 1, now), 'revoked', 'and no revocation is undone')
    assert.ok(!isDue(applyChange(settled, change(4, 4), now), now))
  })
})

suite('copies of the list', () => {
  test('a newer one replaces the one before, and may reset a bit', () => {
    const known = applyList(first(), loaded(listOf(2), 11), loading)
    assert.deepEqual(
      [1, 2].map((index) => statusOf(known, index, now)),
      ['good', 'revoked'],
    )
  })

  test('one that the feed has overtaken undoes no revocation and confirms nothing', () => {
    const known = applyList(first(), loaded(listOf(2), 9), { ...loading, requestedAt: now + 50 })
    assert.deepEqual(
      [1, 2].map((index) => statusOf(known, index, now)),
      ['revoked', 'revoked'],
    )
    assert.equal(known.seq, 10)
    assert.equal(known.confirmedAt, now)
  })

  test('an older one from a cache undoes no revocation and confirms nothing, with or without a feed', () => {
    for (const seq of [9, undefined]) {
      const known = applyList(first(seq && 10), loaded(listOf(), seq, now - 60), {
        ...loading,
        requestedAt: now + 50,
        isFed: false,
      })
      assert.equal(statusOf(known, 1, now), 'revoked')
      assert.equal(known.confirmedAt, now)
    }
  })

  test('a list is usable for its ttl or for maxStale, and never beyond its own expiry', () => {
    const until = (maxStale: number | undefined) =>
      applyList(undefined, loaded(listOf(), 1), { ...loading, maxStale }).usableUntil - now
    assert.deepEqual([until(undefined), until(20), until(86_400)], [300, 20, 3605])
    const known = first()
    assert.equal(statusOf(known, 2, now + 299), 'good')
    assert.equal(statusOf(known, 2, now + 300), 'stale')
    assert.equal(statusOf(known, 1, now + 300), 'revoked')
    assert.equal(statusOf(undefined, 1, now), 'unknown')
  })

  test('neither an old copy nor a 304 confirms more than was signed, beyond the leeway of clocks', () => {
    const asked = { ...loading, requestedAt: now + 100 }
    for (const known of [
      confirmList(first(), now + 100),
      applyList(undefined, loaded(listOf(), 10), asked),
      applyList(first(), loaded(listOf(1), 10), asked),
    ]) {
      assert.equal(known.confirmedAt, now + 5)
      assert.equal(statusOf(known, 2, now + 304), 'good')
      assert.equal(statusOf(known, 2, now + 305), 'stale')
    }
    const fed = applyChange(first(), change(10, 10, now + 90), now + 90)
    assert.equal(confirmList(fed, now + 100).confirmedAt, now + 90, 'and never moves back')
    const late = confirmList(first(), now + 290)
    assert.ok(!isDue(late, now + 300) && isDue(late, now + 320), 'but it is requested again soon')
  })

  test('an issuer that does not number its changes may sign rarely: its copy is good until its expiry', () => {
    const known = applyList(undefined, loaded(listOf(), undefined), {
      ...loading,
      requestedAt: now + 3000,
    })
    assert.deepEqual([known.confirmedAt, known.usableUntil], [now + 3000, now + 3300])
    assert.equal(confirmList(known, now + 3550).usableUntil, now + 3605)
  })

  test('no issuer makes a guard poll without pause, or trust a list for ever', () => {
    for (const [ttl, stale] of [
      [0.001, 10],
      [1e9, 86_400],
    ] as const) {
      const far = { ...loaded(listOf(), 1), ttl, expiresAt: now + 1e9 }
      const known = applyList(undefined, far, loading)
      assert.equal(known.usableUntil - now, stale)
      assert.ok(!isDue(known, now + 4))
    }
  })

  test('it is due at half of its time, and before its expiry whatever the feed sends', () => {
    const known = first()
    assert.ok(!isDue(known, now + 149))
    assert.ok(isDue(known, now + 150))
    const fed = applyChange(known, change(10, 10, now + 1799), now + 1799)
    assert.ok(!isDue(fed, now + 1799))
    assert.ok(isDue(fed, now + 1800))
  })
})

const reconnected = (known: ListState): ListState => ({ ...known, lag: 'possible' })

test('if changes are lost, late, doubled or out of order, no revocation is lost and none is undone', () => {
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
      let total = 0 // changes so far: number n revoked index n
      let clock = now
      let known = applyList(undefined, loaded(listOf(), 0), loading)
      const seen = new Set<number>()
      for (const one of steps) {
        clock++
        if (one.kind === 'revoke') total = Math.min(total + 1, 60)
        else if (one.kind === 'reconnect') known = reconnected(known)
        else if (one.kind === 'hear') {
          const [after, seq] = [one.from, one.to]
            .map((n) => Math.min(n, total))
            .toSorted((a, b) => a - b)
          const heard = change(after ?? 0, seq ?? 0, clock - one.late)
          // bits are set as in a copy: for every change that is not stale
          if (classifyChange(known, heard) !== 'stale')
            for (let n = heard.after + 1; n <= heard.seq; n++) known.list.set(n, 1)
          known = applyChange(known, heard, clock)
        } else {
          const seq = Math.min(one.to, total)
          const copy = loaded(
            listOf(...Array.from({ length: seq }, (_, n) => n + 1)),
            seq,
            clock - one.late,
          )
          known = applyList(known, copy, {
            requestedAt: clock,
            maxStale: undefined,
            isFed: one.fed,
          })
        }
        for (let n = 1; n <= (known.seq ?? 0); n++)
          assert.equal(statusOf(known, n, clock), 'revoked', `${n} is not beyond seq ${known.seq}`)
        for (const n of seen) assert.equal(statusOf(known, n, clock), 'revoked', `${n} was revoked`)
        for (let n = 1; n < 64; n++) if (statusOf(known, n, clock) === 'revoked') seen.add(n)
        for (const n of seen) assert.ok(n <= total, 'nothing is invented')
        assert.ok(known.confirmedAt <= clock)
      }
    }),
    { numRuns: 2000 },
  )
})
