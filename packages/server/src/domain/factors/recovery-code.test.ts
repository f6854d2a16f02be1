import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '../../platform/crypto/random.ts'
import { testRoot } from '../../store/contracts/policies.fixture.ts'
import { Secret } from '../kernel/secret.ts'
import { newRecoveryCodes, recoveryCodeHash } from './recovery-code.ts'

const hash = (text: string, user = 'u') => recoveryCodeHash(testRoot, user, new Secret(text))

test('there are ten recovery codes of 80 bits, all different', () => {
  const codes = newRecoveryCodes(systemRandom).map((one) => one.reveal())
  assert.equal(new Set(codes).size, 10)
  for (const one of codes) assert.match(one, /^(?:[0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/)
})

test('a recovery code counts however it was typed, and for its user only', () => {
  const right = hash('7b1k-q0zd-0xwm-5tfr')
  for (const typed of ['7B1K-Q0ZD-0XWM-5TFR', '7b1kq0zd0xwm5tfr', ' 7blk qOzd oxwm 5tfr '])
    assert.equal(hash(typed), right)
  assert.notEqual(hash('7b1k-q0zd-0xwm-5tfs'), right)
  assert.notEqual(hash('7b1k-q0zd-0xwm-5tfr', 'v'), right)
})
