import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCountersignError } from '../lib/error.ts'
import { ecKey, forge, goodClaims, headerFor, now, part, policyFor } from './forge.fixture.ts'
import type { Policy } from './policy.ts'
import { createVerifier } from './verifier.ts'

// The facts that the log has beside the code: which member, which limit, by how much. Never the contents of the token.

const header = headerFor(ecKey)
const good = forge(ecKey, header)
const [head = '', body = '', signature = ''] = good.split('.')

function factsOf(token: string, policy: Partial<Policy> = {}): object {
  try {
    createVerifier(policyFor(ecKey, policy)).verify(token)
  } catch (error) {
    assert.ok(isCountersignError(error))
    return { [error.code]: error.facts }
  }
  return {}
}
const saying = (change: object, policy: Partial<Policy> = {}) =>
  factsOf(forge(ecKey, header, { ...goodClaims, ...change }), policy)

test('a missing or malformed claim is named', () => {
  for (const claim of ['iss', 'sub', 'aud', 'exp', 'iat', 'jti']) {
    assert.deepEqual(saying({ [claim]: undefined }), { claim_missing: { claim } })
    assert.deepEqual(saying({ [claim]: {} }), { claim_malformed: { claim } })
  }
  assert.deepEqual(saying({ nbf: {} }), { claim_malformed: { claim: 'nbf' } })
})

test('for another issuer or audience, the expected one is reported', () => {
  assert.deepEqual(saying({ iss: 'x' }), { issuer_wrong: { expected: goodClaims.iss } })
  assert.deepEqual(saying({ aud: 'x' }, { audience: ['api', 'web'] }), {
    audience_wrong: { expected: ['api', 'web'] },
  })
})

test('for times, the seconds or the limit are reported', () => {
  const late = { exp: now - 60, iat: now - 120 }
  assert.deepEqual(saying(late), { token_expired: { secondsAgo: 60 } })
  assert.deepEqual(saying({ nbf: now + 30 }), { token_not_yet_valid: { inSeconds: 30 } })
  assert.deepEqual(saying({ iat: now + 20 }), { token_issued_in_future: { inSeconds: 20 } })
  assert.deepEqual(saying({}, { maxLifetime: 10 }), { token_lifetime_too_long: { limit: 10 } })
  assert.deepEqual(saying({ iat: now - 60 }, { maxAge: 10 }), { token_too_old: { limit: 10 } })
})

test('for a malformed token the problem is reported, for a malformed header the member', () => {
  for (const token of [head, `${head}.${body}`, `${good}.x`, 'x.'])
    assert.deepEqual(factsOf(token), { token_malformed: { problem: 'not three parts' } })
  for (const token of [
    `${head}.${body}=.${signature}`,
    `${head}=.${body}.${signature}`,
    `${head}.${body}.${signature}=`,
  ])
    assert.deepEqual(factsOf(token), { token_malformed: { problem: 'not canonical base64url' } })
  for (const member of ['alg', 'typ', 'kid']) {
    const token = `${part({ ...header, [member]: 7 })}.${body}.${signature}`
    assert.deepEqual(factsOf(token), { header_malformed: { member } })
  }
  assert.deepEqual(factsOf('x'.repeat(9000)), { token_too_large: { limit: 8192 } })
})
