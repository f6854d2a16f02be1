import { createSigner, createVerifier, generateKey, localKeySet } from '@countersign/token'
import type { SignableClaims } from '@countersign/token/internal'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toChallenge } from './refusal.ts'
import * as z from 'zod'
import { createGuard, principalOf, type GuardEvent } from './index.ts'
import { rememberPrincipal } from './principal.ts'

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

test('the operator sees the exact cause that the caller does not', async () => {
  const answer = await createGuard({ verifier }).check(
    ask(`Bearer ${signer.sign({ sub: 'ada', aud: 'other' })}`),
  )
  assert.equal(answer.allowed, false)
  assert.equal(answer.problem.code, 'token_invalid')
  assert.equal(answer.cause?.code, 'audience_wrong')
  assert.ok(!JSON.stringify(answer.problem).includes('audience'))
})

test('scopes and roles are read from the token, in any form', async () => {
  const claims = { sub: 'ada', aud: audience, scope: 'a  b', roles: ['admin', 7, null] }
  const answer = await createGuard({ verifier }).check(ask(`Bearer ${signer.sign(claims)}`))
  assert.ok(answer.allowed)
  assert.deepEqual([...answer.principal.scopes], ['a', 'b'])
  assert.deepEqual([...answer.principal.roles], ['admin'])
})

test('[C23] roles and scopes in a claim named __proto__ do not count', async () => {
  const claims = JSON.parse(
    `{"sub":"ada","aud":"${audience}","__proto__":{"roles":["admin"],"scope":"admin"}}`,
  ) as SignableClaims
  const answer = await createGuard({ verifier }).check(ask(`Bearer ${signer.sign(claims)}`))
  assert.ok(answer.allowed)
  assert.equal(answer.principal.roles.size, 0)
  assert.equal(answer.principal.scopes.size, 0)
})

test('a route that forgot its guard breaks instead of serving every caller', async () => {
  assert.throws(() => principalOf(new Request('http://localhost')), { code: 'principal_missing' })
})

test('an error that is no refusal is thrown, and the request is not admitted', async () => {
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

test('a guard without a verifier or with another status is rejected', async () => {
  assert.throws(() => createGuard({} as never), { code: 'guard_invalid' })
  assert.throws(() => createGuard({ verifier, missingStatus: 200 as never }), {
    code: 'guard_invalid',
  })
})

test('a challenge names its realm, without characters that RFC 6750 forbids', async () => {
  assert.equal(
    toChallenge('token_missing', { realm: 'notes "\\\r\n\u00e9"' }),
    'Bearer realm="notes "',
  )
  assert.match(toChallenge('authorization_malformed'), /^Bearer error="invalid_request"/)
})

test('claims arrive in the form of the schema, parsed once for each token, and a mismatch is refused', async () => {
  let runs = 0
  const claims = z.object({
    tenant: z.string().transform((text) => {
      runs++
      return text.toUpperCase()
    }),
  })
  const guard = createGuard({ verifier, claims })
  const token = signer.sign({ sub: 'ada', aud: audience, tenant: 'acme' })
  for (let at = 0; at < 3; at++) {
    const answer = await guard.checkToken(token)
    assert.ok(answer.allowed)
    assert.equal(answer.principal.claims.tenant, 'ACME')
  }
  assert.equal(runs, 1)
  const unfit = await guard.checkToken(signer.sign({ sub: 'ada', aud: audience, tenant: 7 }))
  assert.ok(!unfit.allowed)
  assert.equal(unfit.problem.code, 'token_invalid')
  assert.equal(unfit.cause?.code, 'claims_invalid')
  assert.deepEqual(unfit.cause.facts, { members: ['tenant'] })
  const waiting = {
    '~standard': { version: 1, vendor: 'x', validate: async () => ({ value: 1 }) },
  } as const
  await assert.rejects(async () => createGuard({ verifier, claims: waiting }).checkToken(token), {
    code: 'guard_invalid',
  })
})

test('a guard returns only principals that it admitted itself, because the claims of another have another form', () => {
  const [mine, other] = [createGuard({ verifier }), createGuard({ verifier })]
  const request = new Request('http://localhost')
  const answer = mine.checkToken(signer.sign({ sub: 'ada', aud: audience }))
  assert.ok('allowed' in answer && answer.allowed)
  rememberPrincipal(request, answer.principal)
  assert.equal(mine.principalOf(request).subject, 'ada')
  assert.equal(mine.optional.principalOf(request)?.subject, 'ada')
  assert.throws(() => other.principalOf(request), { code: 'principal_missing' })
  rememberPrincipal(request, undefined)
  assert.throws(() => mine.principalOf(request), { code: 'principal_missing' })
  assert.throws(() => principalOf(request), { code: 'principal_missing' })
  assert.equal(mine.optional.principalOf(request), undefined)
})

test('a request that a guard has admitted twice has the second principal, and no copy of it has one', () => {
  const request = { headers: {} }
  const [first, second] = ['ada', 'bob'].map((sub) => {
    const answer = createGuard({ verifier }).checkToken(signer.sign({ sub, aud: audience }))
    assert.ok(!(answer instanceof Promise) && answer.allowed)
    return answer.principal
  })
  rememberPrincipal(request, first)
  rememberPrincipal(request, second)
  assert.equal(principalOf(request), second)
  rememberPrincipal(Object.freeze({ headers: {} }), first)
  const copies = [{ ...request }, Object.create(request) as object, structuredClone(request)]
  for (const copy of copies) assert.throws(() => principalOf(copy), { code: 'principal_missing' })
})

test('a guard with an invalid cookie or origin is rejected', () => {
  for (const cookie of [
    { name: '' },
    { name: 'a;b' },
    { name: 'a', origins: ['https://app.example/'] },
  ])
    assert.throws(() => createGuard({ verifier, cookie }), { code: 'guard_invalid' })
  for (const url of ['api', 'https://api.example/#x', 'urn:api'])
    assert.throws(() => createGuard({ verifier, resource: { url } }), { code: 'guard_invalid' })
  const resource = { url: 'https://api.example', scopes: ['offline_access'] }
  assert.throws(() => createGuard({ verifier, resource }), { code: 'guard_invalid' })
  const one = { issuer, audience }
  for (const issuers of [[], [one, one]])
    assert.throws(() => createGuard({ issuers }), { code: 'guard_invalid' })
})

test('a listener receives every request, and what it throws has no effect', async () => {
  const events: GuardEvent[] = []
  const guard = createGuard({
    verifier,
    onEvent(event) {
      events.push(event)
      throw new Error('a bug of the metrics')
    },
  })
  assert.ok((await guard.checkToken(signer.sign({ sub: 'ada', aud: audience }))).allowed)
  assert.ok(!(await guard.checkToken(signer.sign({ sub: 'ada', aud: 'other' }))).allowed)
  assert.ok((await guard.optional.check(ask())).allowed)
  assert.deepEqual(
    events.map((event) => (event.kind === 'refused' ? event.cause : event.kind)),
    ['allowed', 'audience_wrong', 'allowed'],
  )
  assert.ok(!JSON.stringify(events).includes('eyJ'))
})
