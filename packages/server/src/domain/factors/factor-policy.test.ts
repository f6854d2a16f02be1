import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acrOf, judgeFactors, meetsAcr, withFactor } from './factor-policy.ts'

const none = { totp: false, passkeys: 0, recoveryCodes: 0 }
const enrolled = { totp: true, passkeys: 0, recoveryCodes: 10 }
const admins = { requiredFor: ['admin'] }

test('a user with a factor needs it at each sign-in, whatever the policy requires', () => {
  for (const policy of [admins, { requiredFor: [] }, { requiredFor: 'everyone' } as const])
    assert.equal(judgeFactors(policy, { roles: [] }, enrolled, ['pwd']), 'factor_required')
})

test('a user without a factor must add one if a role of theirs requires it', () => {
  assert.equal(judgeFactors(admins, { roles: ['admin'] }, none, ['pwd']), 'enrolment_required')
  assert.equal(judgeFactors(admins, { roles: ['editor'] }, none, ['pwd']), 'complete')
  assert.equal(judgeFactors({ requiredFor: [] }, { roles: ['admin'] }, none, ['pwd']), 'complete')
  const everyone = { requiredFor: 'everyone' } as const
  assert.equal(judgeFactors(everyone, { roles: [] }, none, ['pwd']), 'enrolment_required')
})

test('a code by mail is no second factor, and recovery codes alone are none', () => {
  assert.equal(judgeFactors(admins, { roles: ['admin'] }, none, ['otp']), 'enrolment_required')
  const codesOnly = { totp: false, passkeys: 0, recoveryCodes: 3 }
  assert.equal(judgeFactors({ requiredFor: [] }, { roles: [] }, codesOnly, ['pwd']), 'complete')
})

test('a proven factor completes the sign-in and is in the methods once', () => {
  for (const factor of ['totp', 'recovery_code'] as const) {
    const amr = withFactor(['pwd'], factor)
    assert.deepEqual(amr, ['pwd', 'otp', 'mfa'])
    assert.deepEqual(withFactor(amr, factor), amr)
    assert.equal(judgeFactors(admins, { roles: ['admin'] }, enrolled, amr), 'complete')
    assert.equal(acrOf(amr), 'mfa')
  }
  assert.equal(acrOf(['pwd', 'otp']), undefined)
})

test('[22.39] a passkey meets both classes, and a later code ends the one that resists phishing', () => {
  const amr = withFactor([], 'passkey')
  assert.deepEqual(amr, ['pop', 'user', 'mfa'])
  assert.equal(acrOf(amr), 'phr')
  assert.ok(meetsAcr(amr, ['mfa']) && meetsAcr(amr, ['phr']))
  const coded = withFactor(amr, 'totp')
  assert.equal(acrOf(coded), 'mfa')
  assert.ok(!meetsAcr(coded, ['phr']))
  assert.equal(acrOf(['pop']), undefined, 'a key alone is one factor')
})
