import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  shouldRenewAfter401,
  tokenFreshness,
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
  renewalsAfter401: 0,
}

test('a token is fresh, then due, then expired, whatever the local clock shows', () => {
  const rows = [
    [0, 'fresh'],
    [764, 'fresh'],
    [765, 'due'], // 15 % before the end
    [898, 'due'],
    [899, 'expired'], // a request takes a second to arrive
    [1e9, 'expired'],
    [-5, 'fresh'], // a clock that is being corrected
    [-6, 'expired'], // a clock that was set back
  ] as const
  for (const [age, expected] of rows)
    for (const clockOffset of [0, 86_400, -86_400])
      assert.equal(
        tokenFreshness({ ...stored, clockOffset }, 1000 + age - clockOffset, 0.15),
        expected,
      )
  assert.equal(
    tokenFreshness({ ...stored, refreshStartedAt: 1001 }, 1002, 0.15),
    'due',
    'a refresh has started',
  )
  assert.equal(secondsUntilDue(stored, 1000, 0.15), 765)
  assert.equal(secondsUntilDue(stored, 1765, 0.15), 0)
  const long = { ...stored, lifetime: 86_400 }
  assert.equal(secondsUntilDue(long, 1000, 0.2), 86_400 - 300, 'five minutes before it expires')
  const short = { ...stored, lifetime: 1 }
  assert.deepEqual(
    [0, 0.86, 0.91].map((age) => tokenFreshness(short, 1000 + age, 0.15)),
    ['fresh', 'due', 'expired'],
  )
})

test('a token that an API rejects is renewed five times at once, and then again after half a minute', () => {
  let renewed = stored
  for (let renewal = 1; renewal <= 5; renewal++) {
    assert.equal(shouldRenewAfter401(renewed, 1029), true)
    renewed = markStarted(renewed, 1029, true, 'key')
    assert.equal(renewed.renewalsAfter401, renewal)
  }
  assert.equal(shouldRenewAfter401(renewed, 1029), false)
  assert.equal(shouldRenewAfter401(renewed, 1030), true)
  assert.equal(markStarted(renewed, 1030, true, 'key').renewalsAfter401, 1)
  assert.equal(markStarted(renewed, 1029, false, 'key').renewalsAfter401, 0, 'due, not rejected')
})

const tokenResponse = { tokens: { access: 'a2', refresh: 'r2' }, lifetime: 900, serverTime: 2000 }
const refreshed: RefreshOutcome = { kind: 'refreshed', tokenResponse }
const started = markStarted(stored, 1900, false, 'key')
const next = { ...newSignedIn(tokenResponse, 1900, 'one'), revision: 4 }

test('the outcome of a refresh is stored if nothing else has changed meanwhile', () => {
  assert.deepEqual(applyOutcome(started, started, refreshed), next)
  assert.deepEqual(next.clockOffset, 100)
  const ended: RefreshOutcome = { kind: 'signed_out', reason: 'ended' }
  assert.deepEqual(applyOutcome(started, started, ended), { status: 'signed_out', reason: 'ended' })
  const unexpected: RefreshOutcome = {
    kind: 'failed',
    response: { kind: 'unexpected', status: 418 },
  }
  assert.deepEqual(applyOutcome(started, started, unexpected), { ...stored, idempotencyKey: 'key' })
  const lost: RefreshOutcome = { kind: 'failed', response: { kind: 'lost', cause: undefined } }
  assert.equal(applyOutcome(started, started, lost), started, 'so the next tab retries at once')
  const after401 = applyOutcome(started, markStarted(stored, 1900, true, 'key'), refreshed)
  assert.deepEqual(after401, { ...next, renewalsAfter401: 1 })
})

test('[18.11] a refresh keeps its idempotency key until a response brings new tokens', () => {
  assert.equal(started.idempotencyKey, 'key')
  assert.equal(markStarted(started, 5000, false, 'another').idempotencyKey, 'key')
  assert.equal(next.idempotencyKey, null)
  assert.equal(markStarted(next, 5000, false, 'another').idempotencyKey, 'another')
})

test('a sign-out, a new sign-in or another tab’s later response during a refresh wins', () => {
  const signedOut: StoredSession = { status: 'signed_out', reason: 'signed_out' }
  const newSignIn: StoredSession = { ...stored, id: 'two', revision: 0 }
  const changed = { ...stored, revision: 4, issuedAt: 2000 }
  const ended: RefreshOutcome = { kind: 'signed_out', reason: 'reused' }
  for (const outcome of [refreshed, ended]) {
    assert.equal(applyOutcome(signedOut, started, outcome), signedOut)
    assert.equal(applyOutcome(newSignIn, started, outcome), newSignIn)
    assert.equal(applyOutcome(changed, started, outcome), changed)
  }
  const earlier = { ...changed, issuedAt: 1999 }
  assert.deepEqual(applyOutcome(earlier, started, refreshed), { ...next, revision: 5 })
  assert.equal(
    applyOutcome(earlier, started, ended),
    earlier,
    'a refusal of the older token is ignored',
  )
})

test('a stored session is parsed unchanged, and every other value counts as no session', () => {
  const signedOut = { status: 'signed_out', reason: 'expired' }
  const { renewalsAfter401: _, ...earlier } = stored
  for (const good of [stored, earlier, { ...stored, tokens: null, refreshStartedAt: 7 }, signedOut])
    assert.equal(parseStoredSession(good), good)
  for (const member of [
    'id',
    'revision',
    'tokens',
    'issuedAt',
    'clockOffset',
    'refreshStartedAt',
    'renewalsAfter401',
  ])
    for (const value of member === 'renewalsAfter401' ? [null, 'x'] : [undefined, {}, Number.NaN])
      assert.equal(parseStoredSession({ ...stored, [member]: value }).status, 'signed_out', member)
})
