import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advance, judge, type Rotation } from './refresh-rotation.ts'
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
  status: null,
}
const used = (hash: string, usedAt: number) => ({ hash, usedAt, successor: `encrypted ${hash}` })
const rotation: Rotation = { current: 't3', used: [used('t1', 90), used('t2', 95)] }
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
    assert.equal(judge(of, rotation, presented, now, grace), verdict, story)
})

test('without a grace every second use is theft, in the same second too', () => {
  assert.equal(judge(session, rotation, 't2', 95, 0), 'stolen')
  assert.equal(judge(session, rotation, 't3', 95, 0), 'rotate')
})

test('the number of tokens that a session uses within one grace is limited', () => {
  let now: Rotation = { current: 't0', used: [] }
  for (let at = 1; at <= 16; at++) {
    assert.equal(judge(session, now, now.current, 100, 10), 'rotate')
    now = advance(now, { hash: `t${at}`, ciphertext: 'x' }, 100, 10)
  }
  assert.equal(judge(session, now, now.current, 109, 10), 'too_frequent')
  assert.equal(judge(session, now, 't0', 109, 10), 'repeat', 'and none of them is forgotten')
  assert.equal(judge(session, now, now.current, 110, 10), 'rotate')
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
