import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  shouldRenewAfter401,
  tokenAge,
  parseStoredSession,
  secondsUntilDue,
  type StoredSession,
  type SignedIn,
} from './stored-session.ts'
import { markStarted, newSignedIn, applyOutcome, type RefreshOutcome } from './refresh-outcome.ts'

const tokens = { access: 'a', refresh: 'r' }
const stored: SignedIn = {
  status: 'signed_in',
  id: 'one',
  revision: 3,
  tokens,
  issuedAt: 1000,
  lifetime: 900,
  clockOffset: 0,
  refreshStartedAt: null,
  renewedAfter401: false,
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
      assert.equal(tokenAge({ ...stored, clockOffset }, 1000 + age - clockOffset, 0.15), expected)
  assert.equal(
    tokenAge({ ...stored, refreshStartedAt: 1001 }, 1002, 0.15),
    'due',
    'an answer is out',
  )
  assert.equal(secondsUntilDue(stored, 1000, 0.15), 765)
  assert.equal(secondsUntilDue(stored, 1765, 0.15), 0)
  const long = { ...stored, lifetime: 86_400 }
  assert.equal(
    secondsUntilDue(long, 1000, 0.2),
    86_400 - 300,
    'five minutes before the end will do',
  )
  const short = { ...stored, lifetime: 1 }
  assert.deepEqual(
    [0, 0.86, 0.91].map((age) => tokenAge(short, 1000 + age, 0.15)),
    ['fresh', 'due', 'expired'],
  )
})

test('a token that was asked for because its predecessor was refused is not asked for again at once', () => {
  assert.equal(shouldRenewAfter401(stored, 1000), true)
  assert.equal(shouldRenewAfter401({ ...stored, renewedAfter401: true }, 1029), false)
  assert.equal(shouldRenewAfter401({ ...stored, renewedAfter401: true }, 1030), true)
})

const tokenResponse = { tokens: { access: 'a2', refresh: 'r2' }, lifetime: 900, serverTime: 2000 }
const renewed: RefreshOutcome = { kind: 'renewed', tokenResponse }
const started = markStarted(stored, 1900, false)
const next = { ...newSignedIn(tokenResponse, 1900, 'one'), revision: 4 }

test('an answer is stored where nothing has changed since it was asked for', () => {
  assert.deepEqual(applyOutcome(started, started, renewed), next)
  assert.deepEqual(next.clockOffset, 100)
  const over: RefreshOutcome = { kind: 'over', why: 'ended' }
  assert.deepEqual(applyOutcome(started, started, over), { status: 'signed_out', why: 'ended' })
  const odd: RefreshOutcome = { kind: 'failed', answer: { kind: 'odd', status: 418 } }
  assert.deepEqual(applyOutcome(started, started, odd), stored)
  const lost: RefreshOutcome = { kind: 'failed', answer: { kind: 'lost', cause: undefined } }
  assert.equal(applyOutcome(started, started, lost), started, 'and whoever comes next asks at once')
  const cured = applyOutcome(started, markStarted(stored, 1900, true), renewed)
  assert.deepEqual(cured, { ...next, renewedAfter401: true })
})

test('what happened in between stands: signing out, signing in anew, another tab’s later answer', () => {
  const signedOut: StoredSession = { status: 'signed_out', why: 'signed_out' }
  const anew: StoredSession = { ...stored, id: 'two', revision: 0 }
  const moved = { ...stored, revision: 4, issuedAt: 2000 }
  const over: RefreshOutcome = { kind: 'over', why: 'reused' }
  for (const verdict of [renewed, over]) {
    assert.equal(applyOutcome(signedOut, started, verdict), signedOut)
    assert.equal(applyOutcome(anew, started, verdict), anew)
    assert.equal(applyOutcome(moved, started, verdict), moved)
  }
  const earlier = { ...moved, issuedAt: 1999 }
  assert.deepEqual(applyOutcome(earlier, started, renewed), { ...next, revision: 5 })
  assert.equal(
    applyOutcome(earlier, started, over),
    earlier,
    'a refusal of the older token means nothing',
  )
})

test('what is stored is read back as it was, and anything else is noSession', () => {
  const signedOut = { status: 'signed_out', why: 'expired' }
  for (const good of [stored, { ...stored, tokens: null, refreshStartedAt: 7 }, signedOut])
    assert.equal(parseStoredSession(good), good)
  for (const member of [
    'id',
    'revision',
    'tokens',
    'issuedAt',
    'clockOffset',
    'refreshStartedAt',
    'renewedAfter401',
  ])
    for (const value of [undefined, {}, Number.NaN])
      assert.equal(parseStoredSession({ ...stored, [member]: value }).status, 'signed_out', member)
})
