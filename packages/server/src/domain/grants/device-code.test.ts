import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '../../platform/crypto/random.ts'
import {
  groupUserCode,
  judgeDeviceCode,
  newUserCode,
  planPoll,
  readUserCode,
  type DeviceCode,
} from './device-code.ts'

test('[21.21] a user code has eight letters that spell no word, of all 20 in every place', () => {
  const made = Array.from({ length: 2_000 }, () => newUserCode(systemRandom).reveal())
  for (const one of made) assert.match(one, /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/)
  for (let at = 0; at < 8; at++) assert.equal(new Set(made.map((one) => one[at])).size, 20)
  const [first = ''] = made
  const shown = groupUserCode(readUserCode(first)!)
  for (const typed of [shown, shown.toLowerCase(), ` ${shown.replace('-', ' ')} `, first])
    assert.equal(readUserCode(typed)?.reveal(), first)
  for (const bad of ['', 'BCDF', 'ABCDEFGH', `${first}B`, 'ＢCDFGHJK', 'BCDF_GHJK'])
    assert.equal(readUserCode(bad), undefined, bad)
})

const code: DeviceCode = {
  hash: 'h',
  clientId: 'c',
  scopes: ['openid'],
  resource: 'r',
  expiresAt: 600,
  state: 'pending',
  userId: null,
  sessionId: null,
  interval: 5,
  polledAt: null,
  grantId: null,
}

test('[21.20] a device code is for its client, once, until it expires', () => {
  const allowed = { ...code, state: 'allowed' } as const
  assert.equal(judgeDeviceCode(undefined, 'c', 1), 'code_unknown')
  assert.equal(judgeDeviceCode(allowed, 'other', 1), 'code_of_another_client')
  assert.equal(judgeDeviceCode({ ...allowed, grantId: 'g' }, 'c', 1), 'code_used')
  assert.equal(judgeDeviceCode({ ...code, state: 'denied' }, 'c', 601), 'denied')
  assert.equal(judgeDeviceCode(code, 'c', 599), 'pending')
  assert.equal(judgeDeviceCode(allowed, 'c', 599), 'allowed')
  assert.equal(judgeDeviceCode(allowed, 'c', 600), 'expired')
})

test('a request that comes too early makes the interval five seconds longer', () => {
  const first = planPoll(code, 100)
  assert.deepEqual(first, { isEarly: false, interval: 5, polledAt: 100 })
  assert.deepEqual(planPoll(first, 104), { isEarly: true, interval: 10, polledAt: 104 })
  assert.deepEqual(planPoll(first, 105), { isEarly: false, interval: 5, polledAt: 105 })
  assert.equal(planPoll({ polledAt: 104, interval: 10 }, 113).interval, 15)
})
