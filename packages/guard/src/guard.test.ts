import { createSigner, createVerifier, generateKey, localKeySet } from '@countersign/token'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toChallenge } from './challenge.ts'
import { createGuard, principalOf } from './index.ts'

const key = generateKey('HS256')
const [issuer, audience] = ['https://issuer.example', 'api']
const signer = createSigner({ key, issuer, lifetime: 60 })
const verifier = createVerifier({
  issuer,
  audience,
  algorithms: ['HS256'],
  keys: localKeySet([key]),
})
const ask = (authorization?: string) => ({
  method: 'GET',
  url: '/',
  header: (name: string) => (name === 'authorization' ? authorization : undefined),
})

test('the operator learns the true cause that the caller is not told', async () => {
  const answer = await createGuard({ verifier }).check(
    ask(`Bearer ${signer.sign({ sub: 'ada', aud: 'other' })}`),
  )
  assert.equal(answer.allowed, false)
  assert.equal(answer.problem.code, 'token_invalid')
  assert.equal(answer.cause?.code, 'audience_wrong')
  assert.ok(!JSON.stringify(answer.problem).includes('audience'))
})

test('scopes and roles are read off the token, whatever their form', async () => {
  const claims = { sub: 'ada', aud: audience, scope: 'a  b', roles: ['admin', 7, null] }
  const answer = await createGuard({ verifier }).check(ask(`Bearer ${signer.sign(claims)}`))
  assert.ok(answer.allowed)
  assert.deepEqual([...answer.principal.scopes], ['a', 'b'])
  assert.deepEqual([...answer.principal.roles], ['admin'])
})

test('a route that forgot its guard breaks instead of serving anybody', async () => {
  assert.throws(() => principalOf(new Request('http://localhost')), { code: 'principal_missing' })
})

test('an error that is no refusal is not swallowed, and nobody gets in', async () => {
  const broken = createGuard({
    verifier: {
      ...verifier,
      verify() {
        throw new TypeError('a bug')
      },
    },
  })
  assert.throws(() => broken.check(ask('Bearer x')), TypeError)
})

test('a guard is not made without a verifier or with another status', async () => {
  assert.throws(() => createGuard({} as never), { code: 'guard_invalid' })
  assert.throws(() => createGuard({ verifier, missingStatus: 200 as never }), {
    code: 'guard_invalid',
  })
})

test('a challenge names its realm and holds no character that RFC 6750 forbids', async () => {
  assert.equal(
    toChallenge('token_missing', { realm: 'notes "\\\r\n\u00e9"' }),
    'Bearer realm="notes "',
  )
  assert.match(toChallenge('authorization_malformed'), /^Bearer error="invalid_request"/)
})
