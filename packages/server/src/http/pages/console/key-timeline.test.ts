import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredSigningKey } from '../../../domain/keys/signing-key.ts'
import { retention } from '../../../domain/keys/signing-key.ts'
import { timelineOf } from './key-timeline.ts'

const day = 86_400
const policy = { algorithms: ['ES256'], rotationPeriod: 90 * day } as const
const key = (id: string, times: Partial<StoredSigningKey>) =>
  ({
    id,
    algorithm: 'ES256',
    createdAt: 0,
    activatedAt: 0,
    retiredAt: null,
    revokedAt: null,
    ...times,
  }) as StoredSigningKey

test('each key is published, then signs, then is accepted, and the next key signs when the previous one ends', () => {
  const ring = [
    key('a', { createdAt: 0, activatedAt: 0, retiredAt: 90 * day }),
    key('b', { createdAt: 0, activatedAt: 90 * day }),
  ]
  const { bars, from, to, now } = timelineOf(ring, 45 * day, policy)
  assert.deepEqual([from, to], [0, 180 * day + retention])
  assert.equal(now, (45 * day) / to)
  const [a, b] = bars
  assert.deepEqual(
    a?.stretches.map(({ kind }) => kind),
    ['signs', 'accepted'],
  )
  assert.deepEqual(
    b?.stretches.map(({ kind }) => kind),
    ['published', 'signs', 'accepted'],
  )
  assert.equal(a?.stretches[0]?.to, b?.stretches[1]?.from)
  assert.deepEqual([a?.state, b?.state], ['active', 'standby'])
})

test('retired keys are not on the timeline', () => {
  const ring = [
    key('gone', { retiredAt: 1 }),
    key('revoked', { revokedAt: 5 * day, retiredAt: 5 * day }),
    key('active', { activatedAt: 1 }),
  ]
  const { bars } = timelineOf(ring, 10 * day, policy)
  assert.deepEqual(
    bars.map(({ id }) => id),
    ['active'],
  )
})

test('the timeline of an empty key ring has no keys', () => {
  const { bars, now } = timelineOf([], 1000, policy)
  assert.deepEqual([bars, now], [[], 0])
})
