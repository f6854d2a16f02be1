import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  afterStep,
  planRotation,
  type KeyPolicy,
  type KeyStep,
  planReplacement,
  planEarlyRotation,
} from './plan-rotation.ts'
import { activeOf, standbyOf, stateOf, type KeyRing } from './signing-key.ts'

import {
  activate,
  active,
  day,
  erase,
  forget,
  hour,
  introduce,
  key,
  next,
  old,
  policy,
  publicJwk,
  revoke,
} from './plan-rotation.fixture.ts'

const ring = [old, active, next]

test('the state of a key, by the clock', () => {
  const states = (at: number) => ring.map((one) => stateOf(one, at)).join(' ')
  assert.equal(states(0), 'active standby standby')
  assert.equal(states(90 * day - 1), 'active standby standby')
  assert.equal(states(90 * day), 'retiring active standby')
  assert.equal(states(91 * day + hour - 1), 'retiring active standby')
  assert.equal(states(91 * day + hour), 'retired active standby')
  assert.equal(states(999 * day), 'retired retired active')
  assert.equal(stateOf({ ...active, revokedAt: 100 * day }, 99 * day), 'retired')
  assert.equal(activeOf(ring, 90 * day, 'ES256'), active)
  assert.equal(standbyOf(ring, 90 * day, 'ES256'), next)
  assert.equal(standbyOf(ring, 180 * day, 'ES256'), undefined)
  assert.equal(activeOf([], 0, 'ES256'), undefined)
})

test("a server whose clock is behind that of the first key's maker uses that key", () => {
  const only = key('only', 1, null)
  assert.equal(activeOf([only], day - 5, 'ES256'), only)
  assert.equal(standbyOf([only], day - 5, 'ES256'), undefined)
})

test('the steps that are due', () => {
  const now = 100 * day
  const erased = { ...old, encrypted: '' }
  const good = [erased, active, next]
  const rows: readonly (readonly [string, KeyRing, number, Partial<KeyPolicy>, KeyStep[]])[] = [
    ['an empty ring waits for its first key', [], now, {}, []],
    ['nothing, in a ring as it should be', good, now, {}, []],
    ['nothing either while a key retires', ring, 91 * day, {}, []],
    ['a next key, a period ahead', [key('only', 90, null)], now, {}, [introduce(180 * day)]],
    ['the next, as soon as the one before it signs', [next], 180 * day, {}, [introduce(270 * day)]],
    ['published for the lead, however late it is', [next], 500 * day, {}, [introduce(502 * day)]],
    [
      'in a ring long left alone, all at once',
      good,
      200 * day,
      {},
      [introduce(270 * day), forget('old'), erase('active')],
    ],
    [
      'an earlier begin, when the period was shortened',
      good,
      now,
      { rotationPeriod: 30 * day },
      [activate('next', 120 * day)],
    ],
    [
      'at once, when it has long been over',
      good,
      now,
      { rotationPeriod: day },
      [activate('next', now)],
    ],
    ['no later one, when it was prolonged', good, now, { rotationPeriod: 365 * day }, []],
    ['no private half of a retired key', ring, now, {}, [erase('old')]],
    [
      'nor of a revoked one',
      [...good, { ...next, id: 'gone', retiredAt: 1, revokedAt: now }],
      now,
      {},
      [erase('gone')],
    ],
    ['a month later nothing of it', good, 122 * day, {}, [forget('old')]],
  ]
  for (const [what, before, at, change, steps] of rows)
    assert.deepEqual(planRotation(before, at, { ...policy, ...change }), steps, what)
})

test('in a graceful manual rotation the next key begins when every cache can know it', () => {
  const now = 100 * day
  assert.deepEqual(planEarlyRotation(ring, 'ES256', now, policy), [activate('next', now)])
  const young = [active, { ...next, createdAt: now - day }]
  assert.deepEqual(planEarlyRotation(young, 'ES256', now, policy), [activate('next', now + day)])
  const planned = [active, { ...next, createdAt: now - day, activatedAt: now + day }]
  assert.deepEqual(planEarlyRotation(planned, 'ES256', now, policy), [], 'it is planned already')
  assert.deepEqual(planEarlyRotation([key('only', 90, null)], 'ES256', now, policy), [
    introduce(now + 2 * day),
  ])
})

test('a key that may have leaked is replaced at once', () => {
  const now = 100 * day
  assert.deepEqual(planReplacement(ring, 'ES256', now), [activate('next', now), revoke('active')])
  const only = [key('only', 90, null)]
  assert.deepEqual(planReplacement(only, 'ES256', now), [introduce(now), revoke('only')])
  assert.deepEqual(planReplacement([], 'ES256', now), [])
})

test('after a step each key ends when the next begins', () => {
  const now = 100 * day
  const fresh = () => ({
    id: 'fresh',
    algorithm: 'ES256' as const,
    publicJwk,
    encrypted: 'encrypted',
  })
  const after = (before: KeyRing, ...steps: KeyStep[]) =>
    steps
      .reduce<KeyRing>((all, step) => afterStep(all, step, now, fresh), before)
      .map(({ id, activatedAt, retiredAt, revokedAt }) =>
        [
          id,
          activatedAt / day,
          retiredAt && retiredAt / day,
          ...(revokedAt ? ['revoked'] : []),
        ].join(' '),
      )
  assert.deepEqual(after(ring, introduce(270 * day)), [
    'old 0 90',
    'active 90 180',
    'next 180 270',
    'fresh 270 ',
  ])
  assert.deepEqual(after(ring, activate('next', now)), ['old 0 90', 'active 90 100', 'next 100 '])
  assert.deepEqual(after(ring, revoke('next')), ['old 0 90', 'active 90 ', 'next 180 100 revoked'])
  assert.deepEqual(after(ring, revoke('old')), ['old 0 90 revoked', 'active 90 180', 'next 180 '])
  assert.deepEqual(after(ring, ...planReplacement(ring, 'ES256', now)), [
    'old 0 90',
    'active 90 100 revoked',
    'next 100 ',
  ])
  assert.deepEqual(after([active], ...planReplacement([active], 'ES256', now)), [
    'active 90 100 revoked',
    'fresh 100 ',
  ])
  assert.deepEqual(after(ring, forget('old')), ['active 90 180', 'next 180 '])
  const [erased] = afterStep(ring, erase('old'), now, fresh)
  assert.equal(erased?.encrypted, '')
})
