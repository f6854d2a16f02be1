import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  advance,
  advanceFrom,
  judge,
  type PresentedToken,
  type Rotation,
} from './refresh-rotation.ts'
import { stateOf, type Session } from './session.ts'

const session: Session = {
  id: 's',
  userId: 'u',
  createdAt: 0,
  lastUsedAt: 0,
  authenticatedAt: 0,
  amr: ['pwd'],
  userAgent: null,
  address: null,
  idleExpiresAt: 1000,
  expiresAt: 2000,
  endedAt: null,
  endReason: null,
  grant: null,
  status: null,
}
const used = (hash: string, usedAt: number) => ({ hash, usedAt, successor: `encrypted ${hash}` })
const rotation: Rotation = { current: 't3', used: [used('t1', 90), used('t2', 95)] }
const shown = (hash: string, more: Partial<PresentedToken> = {}): PresentedToken => ({
  hash,
  isGenuineSuccessor: false,
  ...more,
})
const ended = { ...session, endedAt: 50, endReason: 'logout' } as const

test('the verdict on a presented token', () => {
  const grace = 10
  const rows = [
    ['the current one is traded', session, 't3', 96, 'rotate'],
    ['the one before is repeated', session, 't2', 96, 'repeat'],
    ['so is one before that, within the grace', session, 't1', 99, 'repeat'],
    ['on the last second of the grace it is stolen', session, 't1', 100, 'stolen'],
    ['an unknown secret under a known handle is stolen', session, 't0', 96, 'stolen'],
    ['an instance whose clock is behind repeats too', session, 't2', 90, 'repeat'],
    ['idle for too long', session, 't3', 1000, 'expired'],
    ['too old in any case', { ...session, idleExpiresAt: 9999 }, 't3', 2000, 'expired'],
    ['ended, with the current token', ended, 't3', 96, 'ended'],
    ['ended, with a used one', ended, 't1', 96, 'ended'],
    ['ended, and expired since', ended, 't3', 3000, 'ended'],
  ] as const
  for (const [story, of, presented, now, verdict] of rows)
    assert.equal(judge(of, rotation, shown(presented), now, grace), verdict, story)
})

test('[18.11] a late token is unanswered only with its key, and only until its successor is used', () => {
  const keyed = (at: number) => ({ ...used('t2', at), keyHash: 'k' })
  const last: Rotation = { current: 't3', used: [used('t1', 90), keyed(95)] }
  const verdict = (of: Rotation, hash: string, keyHash?: string) =>
    judge(session, of, shown(hash, { keyHash }), 900, 10)
  assert.equal(verdict(last, 't2', 'k'), 'rotate_unanswered')
  assert.equal(verdict(last, 't2', 'l'), 'stolen', 'another key')
  assert.equal(verdict(last, 't2'), 'stolen', 'no key')
  assert.equal(verdict(rotation, 't2'), 'stolen', 'no key, then or now')
  assert.equal(verdict(last, 't1', 'k'), 'stolen', 'an older token')
  const onward = { current: 't4', used: [keyed(95), used('t3', 96)] }
  assert.equal(verdict(onward, 't2', 'k'), 'stolen', 'its successor was used')
  assert.equal(judge(ended, last, shown('t2', { keyHash: 'k' }), 900, 10), 'ended')
  assert.equal(judge(session, last, shown('t2', { keyHash: 'k' }), 96, 10), 'repeat')
  const next = { hash: 't4', ciphertext: 'a', keyHash: 'k', network: 'n' }
  const after = advanceFrom('t2', next, 900)
  const repeated = { hash: 't2', usedAt: 900, successor: 'a', keyHash: 'k', network: 'n' }
  assert.deepEqual(after, { current: 't4', used: [repeated] })
  assert.equal(judge(session, after, shown('t3'), 901, 10), 'stolen', 'its client never got t3')
})

test('[18.11] the genuine successor of the current token is used, and no older token leads anywhere', () => {
  const presented = shown('t4', { isGenuineSuccessor: true })
  assert.equal(judge(session, rotation, presented, 96, 10), 'rotate_not_stored')
  assert.equal(judge(ended, rotation, presented, 96, 10), 'ended')
  assert.deepEqual(advanceFrom('t4', { hash: 't5', ciphertext: 'a' }, 96), {
    current: 't5',
    used: [{ hash: 't4', usedAt: 96, successor: 'a' }],
  })
})

test('without a grace every second use is theft, in the same second too', () => {
  assert.equal(judge(session, rotation, shown('t2'), 95, 0), 'stolen')
  assert.equal(judge(session, rotation, shown('t3'), 95, 0), 'rotate')
})

test('the number of tokens that a session uses within one grace is limited', () => {
  let now: Rotation = { current: 't0', used: [] }
  for (let at = 1; at <= 16; at++) {
    assert.equal(judge(session, now, shown(now.current), 100, 10), 'rotate')
    now = advance(now, { hash: `t${at}`, ciphertext: 'x' }, 100, 10)
  }
  assert.equal(judge(session, now, shown(now.current), 109, 10), 'too_frequent')
  assert.equal(judge(session, now, shown('t0'), 109, 10), 'repeat', 'and none of them is forgotten')
  assert.equal(judge(session, now, shown(now.current), 110, 10), 'rotate')
})

test('used tokens that no retry can present are dropped', () => {
  const after = advance(rotation, { hash: 't4', ciphertext: 'encrypted t3' }, 103, 10)
  assert.deepEqual(after, { current: 't4', used: [used('t2', 95), used('t3', 103)] })
})

test('a session is over when it was ended, was not used, or is too old', () => {
  assert.equal(stateOf(session, 999), 'alive')
  assert.equal(stateOf(session, 1000), 'expired')
  assert.equal(stateOf(ended, 60), 'ended')
})
