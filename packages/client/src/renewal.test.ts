import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isWorthCuring, judgeAge, parseKept, untilDue, type Kept, type SignedIn } from './kept.ts'
import { claim, newSignedIn, settle, type Verdict } from './renewal.ts'

const tokens = { access: 'a', refresh: 'r' }
const kept: SignedIn = {
  status: 'signed_in',
  id: 'one',
  revision: 3,
  tokens,
  issuedAt: 1000,
  lifetime: 900,
  clockOffset: 0,
  askedAt: null,
  cure: false,
}

test('a token is fresh, then due, then expired; by whatever clock', () => {
  const rows = [
    [0, 'fresh'],
    [764, 'fresh'],
    [765, 'due'], // 15 % before the end
    [898, 'due'],
    [899, 'expired'], // a request takes a second to arrive
    [1e9, 'expired'],
    [-5, 'fresh'], // a clock that is being corrected
    [-6, 'expired'], // one that was set back
  ] as const
  for (const [age, expected] of rows)
    for (const clockOffset of [0, 86_400, -86_400])
      assert.equal(judgeAge({ ...kept, clockOffset }, 1000 + age - clockOffset, 0.15), expected)
  assert.equal(judgeAge({ ...kept, askedAt: 1001 }, 1002, 0.15), 'due', 'an answer is out')
  assert.equal(untilDue(kept, 1000, 0.15), 765)
  assert.equal(untilDue(kept, 1765, 0.15), 0)
  const long = { ...kept, lifetime: 86_400 }
  assert.equal(untilDue(long, 1000, 0.2), 86_400 - 300, 'five minutes before the end will do')
  const short = { ...kept, lifetime: 1 }
  assert.deepEqual(
    [0, 0.86, 0.91].map((age) => judgeAge(short, 1000 + age, 0.15)),
    ['fresh', 'due', 'expired'],
  )
})

test('a token that was asked for because its predecessor was refused is not asked for again at once', () => {
  assert.equal(isWorthCuring(kept, 1000), true)
  assert.equal(isWorthCuring({ ...kept, cure: true }, 1029), false)
  assert.equal(isWorthCuring({ ...kept, cure: true }, 1030), true)
})

const issued = { tokens: { access: 'a2', refresh: 'r2' }, lifetime: 900, serverTime: 2000 }
const renewed: Verdict = { kind: 'renewed', issued }
const claimed = claim(kept, 1900, false)
const next = { ...newSignedIn(issued, 1900, 'one'), revision: 4 }

test('an answer is kept where nothing has changed since it was asked for', () => {
  assert.deepEqual(settle(claimed, claimed, renewed), next)
  assert.deepEqual(next.clockOffset, 100)
  const over: Verdict = { kind: 'over', why: 'ended' }
  assert.deepEqual(settle(claimed, claimed, over), { status: 'signed_out', why: 'ended' })
  const odd: Verdict = { kind: 'failed', answer: { kind: 'odd', status: 418 } }
  assert.deepEqual(settle(claimed, claimed, odd), kept)
  const lost: Verdict = { kind: 'failed', answer: { kind: 'lost', cause: undefined } }
  assert.equal(settle(claimed, claimed, lost), claimed, 'and whoever comes next asks at once')
  const cured = settle(claimed, claim(kept, 1900, true), renewed)
  assert.deepEqual(cured, { ...next, cure: true })
})

test('what happened in between stands: signing out, signing in anew, another tab’s later answer', () => {
  const signedOut: Kept = { status: 'signed_out', why: 'signed_out' }
  const anew: Kept = { ...kept, id: 'two', revision: 0 }
  const moved = { ...kept, revision: 4, issuedAt: 2000 }
  const over: Verdict = { kind: 'over', why: 'reused' }
  for (const verdict of [renewed, over]) {
    assert.equal(settle(signedOut, claimed, verdict), signedOut)
    assert.equal(settle(anew, claimed, verdict), anew)
    assert.equal(settle(moved, claimed, verdict), moved)
  }
  const earlier = { ...moved, issuedAt: 1999 }
  assert.deepEqual(settle(earlier, claimed, renewed), { ...next, revision: 5 })
  assert.equal(
    settle(earlier, claimed, over),
    earlier,
    'a refusal of the older token means nothing',
  )
})

test('what is kept is read back as it was, and anything else is nobody', () => {
  const signedOut = { status: 'signed_out', why: 'expired' }
  for (const good of [kept, { ...kept, tokens: null, askedAt: 7 }, signedOut])
    assert.equal(parseKept(good), good)
  for (const member of ['id', 'revision', 'tokens', 'issuedAt', 'clockOffset', 'askedAt', 'cure'])
    for (const value of [undefined, {}, Number.NaN])
      assert.equal(parseKept({ ...kept, [member]: value }).status, 'signed_out', member)
})
