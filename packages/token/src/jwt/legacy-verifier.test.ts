import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { codeOf, forge, hmacKey, now, secret } from './forge.fixture.ts'
import { importSecret } from '../jwk/key.ts'
import { localKeySet } from '../jwks/key-set.ts'
import type { LegacyPolicy } from './policy.ts'
import { fixedClock } from '../testing.ts'
import { createLegacyVerifier } from './verifier.ts'

const policy: LegacyPolicy = {
  algorithms: ['HS256'],
  keys: localKeySet([hmacKey]),
  clock: fixedClock(now),
}
const claims = { sub: 'ada', exp: now + 3600 }
const legacy = (payload: unknown, more: Partial<LegacyPolicy> = {}, header: object = {}) => {
  const token = forge(hmacKey, { alg: 'HS256', typ: 'JWT', ...header }, payload)
  return createLegacyVerifier({ ...policy, ...more }).verify(token)
}
const code = (...args: Parameters<typeof legacy>) => codeOf(() => legacy(...args))

test('the default tokens of PyJWT and jsonwebtoken are accepted', () => {
  assert.deepEqual({ ...legacy(claims).claims }, claims)
  assert.equal(code(claims, {}, { typ: undefined }), 'none')
  assert.equal(code({ ...claims, iat: now, exp: now + 2_592_000 }), 'none') // jsonwebtoken's "30d"
})

test('an integer sub is returned as a string', () => {
  assert.equal(legacy({ ...claims, sub: 42 }).claims.sub, '42')
  assert.equal(legacy({ ...claims, sub: 0 }).claims.sub, '0')
  for (const sub of [1.5, 1e300, null, '', {}, [], true])
    assert.equal(code({ ...claims, sub }), 'claim_malformed', JSON.stringify(sub))
})

test('signature, sub, exp, strict forms and long secrets are still required', () => {
  assert.equal(code({ sub: 'ada' }), 'claim_missing')
  assert.equal(code({ exp: now + 60 }), 'claim_missing')
  assert.equal(code({ ...claims, exp: now - 6 }), 'token_expired')
  assert.equal(code({ ...claims, exp: String(now + 60) }), 'claim_malformed')
  assert.equal(code({ ...claims, nbf: now + 60 }), 'token_not_yet_valid')
  assert.equal(code({ ...claims, iat: now, exp: now + 2_592_001 }), 'token_lifetime_too_long')
  assert.equal(code('{"sub":"ada","sub":"eve","exp":1800003600}'), 'claims_malformed')
  assert.equal(
    codeOf(() => importSecret('your_secret_key', 'HS256')),
    'secret_weak',
  )
  const other = importSecret([...secret].toReversed().join(''), 'HS256', { id: hmacKey.id })
  assert.equal(code(claims, { keys: localKeySet([other]) }), 'signature_wrong')
})

test('[D29] a token with the typ of another kind is still rejected', () => {
  for (const typ of ['at+jwt', 'dpop+jwt', 'statuslist+jwt', 'x'])
    assert.equal(code(claims, {}, { typ }), 'token_type_wrong', typ)
})

test('a token with an audience is rejected without one in the policy; with one in the policy it is required', () => {
  assert.equal(code({ ...claims, aud: 'api' }), 'audience_wrong')
  assert.equal(code({ ...claims, aud: 'api' }, { audience: 'api' }), 'none')
  assert.equal(code(claims, { audience: 'api' }), 'claim_missing')
  assert.equal(code({ ...claims, aud: 'other' }, { audience: 'api' }), 'audience_wrong')
  assert.equal(code({ ...claims, aud: [] }), 'claim_malformed')
})

test('with an issuer in the policy, iss is required', () => {
  assert.equal(code({ ...claims, iss: 'anyone' }), 'none')
  assert.equal(code(claims, { issuer: 'me' }), 'claim_missing')
  assert.equal(code({ ...claims, iss: 'you' }, { issuer: 'me' }), 'issuer_wrong')
  assert.equal(code({ ...claims, iss: 'me' }, { issuer: 'me' }), 'none')
  assert.equal(code({ ...claims, iss: 7 }), 'claim_malformed')
})

test('a legacy policy needs algorithms and keys too', () => {
  for (const broken of [{ algorithms: [] }, { keys: undefined }, { issuer: '' }, { audience: [] }])
    assert.equal(code(claims, broken as never), 'policy_invalid')
})

suite('[18.15] the policy names the subject of tokens without sub:', () => {
  const { exp } = claims
  test('the tutorial and Django simplejwt', () => {
    const ofTutorial = legacy({ user: 'ada', exp }, { subject: ({ user }) => user })
    assert.equal(ofTutorial.claims.sub, 'ada')
    const ofDjango = legacy({ user_id: 7, exp }, { subject: ({ user_id: id }) => id })
    assert.equal(ofDjango.claims.sub, '7')
    assert.deepEqual({ ...ofDjango.claims }, { user_id: 7, exp, sub: '7' })
  })

  test('it replaces sub, and a token without a usable one is rejected', () => {
    const subject: LegacyPolicy['subject'] = ({ user }) => user
    assert.equal(legacy({ sub: 'eve', user: 'ada', exp }, { subject }).claims.sub, 'ada')
    assert.equal(code({ sub: 'eve', exp }, { subject }), 'claim_missing')
    for (const user of ['', 1.5, true, {}, ['ada']])
      assert.equal(code({ user, exp }, { subject }), 'claim_malformed', JSON.stringify(user))
    assert.equal(code({ user: 'ada', exp }, { subject: 'user' as never }), 'policy_invalid')
  })

  test('an explanation names a claim that is missing beside sub, and no sub', () => {
    const verifier = createLegacyVerifier({ ...policy, subject: ({ user }) => user })
    const token = forge(hmacKey, { alg: 'HS256', typ: 'JWT' }, { user: 'ada', iat: now })
    const failed = verifier.explain(token).checks.find(({ verdict }) => verdict === 'failed')
    assert.equal(failed?.likelyCause, 'the issuer does not write exp')
  })

  test('a forged token is rejected before its claims are read', () => {
    const subject = () => assert.fail('the claims of a forged token were read')
    const other = importSecret([...secret].toReversed().join(''), 'HS256', { id: hmacKey.id })
    assert.equal(
      code({ user: 'ada', exp }, { subject, keys: localKeySet([other]) }),
      'signature_wrong',
    )
  })
})

test('[24.40] a policy with a day accepts nothing from then on, cached tokens included', () => {
  const clock = fixedClock(Date.parse('2027-02-28T23:59:59Z') / 1000)
  const verifier = createLegacyVerifier({ ...policy, until: '2027-03-01', clock })
  const token = forge(
    hmacKey,
    { alg: 'HS256', typ: 'JWT' },
    { sub: 'ada', exp: clock.now() + 3600 },
  )
  assert.equal(verifier.verify(token).claims.sub, 'ada')
  clock.advance(1)
  assert.equal(
    codeOf(() => verifier.verify(token)),
    'legacy_token_ended',
  )
  const failed = verifier.explain(token).checks.find(({ verdict }) => verdict === 'failed')
  assert.match(failed?.expected ?? '', /before .*2027-03-01/)
  for (const until of ['2028-03-02', '2027-3-1', '2027-02-31', 'soon', 7])
    assert.equal(code(claims, { until: until as never, clock }), 'policy_invalid', String(until))
})
