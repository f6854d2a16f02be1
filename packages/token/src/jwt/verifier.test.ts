import { assert as check, constantFrom, integer, property } from 'fast-check'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  codeOf,
  ecKey,
  forge,
  goodClaims,
  headerFor,
  hmacKey,
  now,
  policyFor,
} from './forge.fixture.ts'
import { generateKey } from '../jwk/key.ts'
import { localKeySet } from '../jwks/key-set.ts'
import { createSigner } from './signer.ts'
import { fixedClock } from '../testing.ts'
import type { Policy } from './policy.ts'
import { createVerifier } from './verifier.ts'

const verifier = createVerifier(policyFor(ecKey))
const header = headerFor(ecKey)
const good = forge(ecKey, header)
const codeFor = (token: string) => codeOf(() => verifier.verify(token))
const withHeader = (change: object) => codeFor(forge(ecKey, { ...header, ...change }))

test('a valid token gives its claims and the id of its key', () => {
  for (const key of [ecKey, hmacKey]) {
    const token = createVerifier(policyFor(key)).verify(forge(key, headerFor(key)))
    assert.deepEqual({ ...token.claims }, goodClaims)
    assert.equal(token.keyId, key.id)
  }
})

test('a verifier accepts what a signer of the same issuer signs', () => {
  for (const key of [ecKey, hmacKey]) {
    const signer = createSigner({
      key,
      issuer: goodClaims.iss,
      lifetime: 60,
      clock: fixedClock(now),
    })
    const { claims } = createVerifier(policyFor(key)).verify(
      signer.sign({ sub: 'ada', aud: ['api', 'x'], n: { a: [1] } }),
    )
    assert.equal(claims.sub, 'ada')
    assert.deepEqual(claims['n'], { a: [1] })
  }
})

test('[C17] any change of one character is rejected', () => {
  for (const key of [ecKey, hmacKey]) {
    const token = forge(key, headerFor(key))
    const own = createVerifier(policyFor(key))
    const letters = constantFrom(...'AZaz09-_.=+/ \n\u0141\u00e9')
    check(
      property(integer({ min: 0, max: token.length - 1 }), letters, (at, letter) => {
        const changed = token.slice(0, at) + letter + token.slice(at + 1)
        if (changed !== token)
          assert.notEqual(
            codeOf(() => own.verify(changed)),
            'none',
          )
        const longer = token.slice(0, at) + letter + token.slice(at)
        assert.notEqual(
          codeOf(() => own.verify(longer)),
          'none',
        )
      }),
      { numRuns: 2000 },
    )
  }
})

test('[A8, A9] anything but a compact JWS is rejected, an encrypted token with a code of its own', () => {
  const [head = '', payload = '', signature = ''] = good.split('.')
  for (const token of [
    '',
    '.',
    '..',
    '...',
    head,
    `${head}.${payload}`,
    `${head}..${signature}`.slice(head.length),
    `${good}.`,
    `.${good}`,
    `${good}.x`,
    ` ${good}`,
    `${good}\n`,
    JSON.stringify({ payload, signatures: [{ protected: head, signature }] }),
    JSON.stringify({ payload, signatures: [] }),
    JSON.stringify({ payload, protected: head, signature }),
    JSON.stringify({ payload, header: { alg: 'ES256', kid: ecKey.id }, signature }),
  ]) {
    assert.equal(codeFor(token), 'token_malformed', token)
  }
  assert.equal(codeFor(`${good}.a.b`), 'token_encrypted')
  assert.equal(codeFor('a.b.c.d.e.f'), 'token_malformed')
  for (const token of [undefined, null, 7, {}, [good]])
    assert.equal(codeFor(token as never), 'token_malformed')
})

test('[B12] a hostile kid is rejected', () => {
  for (const kid of ['__proto__', 'constructor', '../../dev/null', "' or 1=1", ''])
    assert.equal(withHeader({ kid }), 'key_unknown')
  for (const kid of [7, null, [], {}, 'x'.repeat(257)])
    assert.equal(withHeader({ kid }), 'header_malformed')
})

test('[B15] a key of one issuer never verifies a token of another', () => {
  const other = createVerifier(policyFor(ecKey, { issuer: 'https://other.example' }))
  assert.equal(
    codeOf(() => other.verify(good)),
    'issuer_wrong',
  )
})

test('[C18, C20] a malformed header is rejected', () => {
  assert.equal(
    codeFor(forge(ecKey, '{"alg":"none","alg":"ES256","typ":"at+jwt"}')),
    'header_malformed',
  )
  for (const text of [
    '[]',
    'null',
    '"x"',
    '{}',
    '{"typ":"at+jwt"}',
    '{"alg":7}',
    '\ufeff{"alg":"ES256"}',
  ]) {
    assert.equal(codeFor(forge(ecKey, text)), 'header_malformed', text)
  }
  for (const crit of [['exp'], ['b64'], [], ['alg'], 'x', null])
    assert.equal(withHeader({ crit, b64: false }), 'header_critical')
})

test('[18.32] one value of type accepts tokens whose typ is missing or JWT, and no others', () => {
  const untyped = createVerifier(policyFor(ecKey, { type: 'JWT or none' }))
  for (const typ of [undefined, 'JWT', 'jwt', 'application/jwt'])
    assert.equal(untyped.verify(forge(ecKey, { ...header, typ })).claims.sub, 'ada')
  for (const typ of ['at+jwt', 'dpop+jwt', 'logout+jwt', '', 'none', 'JWT or none'])
    assert.equal(
      codeOf(() => untyped.verify(forge(ecKey, { ...header, typ }))),
      'token_type_wrong',
    )
})

test('[D29] a token of another type is rejected; the type is compared as a media type', () => {
  for (const typ of [
    'JWT',
    'dpop+jwt',
    'statuslist+jwt',
    'id+jwt',
    '',
    'at+jwt+x',
    'text/at+jwt',
  ]) {
    assert.equal(withHeader({ typ }), 'token_type_wrong', typ)
  }
  assert.equal(withHeader({ typ: undefined }), 'token_type_wrong')
  assert.equal(withHeader({ typ: 7 }), 'header_malformed')
  for (const typ of ['AT+JWT', 'application/at+jwt', 'Application/AT+jwt'])
    assert.equal(withHeader({ typ }), 'none', typ)
})

test('[C19] claims that are not a strict object are rejected, and only after the signature', () => {
  for (const text of ['[]', 'null', '"x"', '7', '', '{"sub":"a","sub":"b"}', 'x']) {
    assert.equal(codeFor(forge(ecKey, header, text)), 'claims_malformed', text)
    assert.equal(codeFor(forge(generateKey('ES256'), header, text)), 'signature_wrong')
  }
})

test('[C21] a token that is too large is rejected before it is parsed', () => {
  assert.equal(codeFor('.'.repeat(1_000_000)), 'token_too_large')
  assert.equal(codeFor('x'.repeat(8193)), 'token_too_large')
  assert.equal(codeFor('.'.repeat(8192)), 'token_malformed')
  const nested = `{"a":${'['.repeat(2500)}${']'.repeat(2500)}}`
  assert.equal(codeFor(forge(ecKey, header, nested)), 'claims_malformed')
  const small = createVerifier(policyFor(ecKey, { maxLength: 100 }))
  assert.equal(
    codeOf(() => small.verify(good)),
    'token_too_large',
  )
})

test('a flood of forged headers neither fills nor evicts the cache of headers', () => {
  for (let at = 0; at < 200; at++) assert.equal(withHeader({ extra: at }), 'none')
  assert.equal(codeFor(good), 'none')
})

suite('no failure quotes the token or the secret', () => {
  test('neither in its message nor in its facts', () => {
    for (const token of [
      good.slice(0, -2),
      forge(generateKey('ES256'), header),
      forge(ecKey, header, { ...goodClaims, iss: 'CANARY' }),
    ]) {
      try {
        createVerifier(policyFor(ecKey, { keys: localKeySet([ecKey]) })).verify(token)
        assert.fail('it was accepted')
      } catch (error) {
        const reported = JSON.stringify({ ...(error as object), message: (error as Error).message })
        assert.ok(!reported.includes(token.slice(0, 30)) && !reported.includes('CANARY'), reported)
      }
    }
  })
})

test('[18.15] a policy names the subject of client credentials, and everything else is still required', () => {
  const subject: Policy['subject'] = ({ sub, client_id: client }) =>
    sub ?? `client:${String(client)}`
  const { sub: _, ...machine } = { ...goodClaims, client_id: 'jobs' }
  const named = createVerifier(policyFor(ecKey, { subject }))
  const token = forge(ecKey, header, machine)
  assert.equal(named.verify(token).claims.sub, 'client:jobs')
  assert.equal(named.verify(token).claims.sub, 'client:jobs', 'from the cache')
  assert.equal(named.verify(good).claims.sub, 'ada')
  assert.equal(codeFor(token), 'claim_missing')
  assert.equal(
    codeOf(() => named.verify(forge(ecKey, header, { ...machine, aud: 'other' }))),
    'audience_wrong',
  )
})
