import { assert as check, constantFrom, property, record, string } from 'fast-check'
import assert from 'node:assert/strict'
import { sign } from 'node:crypto'
import { suite, test } from 'node:test'
import { CountersignError } from '../lib/error.ts'
import type { Explanation } from './explain.ts'
import {
  codeOf,
  ecKey,
  forge,
  goodClaims,
  headerFor,
  hmacKey,
  now,
  part,
  policyFor,
  secret,
} from './forge.fixture.ts'
import { tokenFailures, type TokenFailure } from '../failures.ts'
import { generateKey, importSecret } from '../jwk/key.ts'
import type { Policy } from './policy.ts'
import { createLegacyVerifier, createVerifier } from './verifier.ts'

const header = headerFor(ecKey)
const good = forge(ecKey, header)
const [head = '', body = '', signature = ''] = good.split('.')
const explain = (token: string, more: Partial<Policy> = {}) =>
  createVerifier(policyFor(ecKey, more)).explain(token)
const failed = ({ checks }: Explanation) => checks.find(({ verdict }) => verdict === 'failed')
const claims = (change: object) => forge(ecKey, header, { ...goodClaims, ...change })

test('a valid token passes every check, and each reports the expected and the found value', () => {
  const { accepted, code, checks } = explain(good)
  assert.equal(accepted, true)
  assert.equal(code, undefined)
  assert.ok(checks.every(({ verdict }) => verdict === 'passed'))
  const issuer = checks.find(({ name }) => name === 'issuer')
  assert.equal(issuer?.expected, goodClaims.iss)
  assert.equal(issuer?.found, goodClaims.iss)
})

test('the checks after the failed one were not reached', () => {
  const { checks } = explain(claims({ aud: 'other', exp: now - 3600 }))
  const at = checks.findIndex(({ verdict }) => verdict === 'failed')
  assert.equal(checks[at]?.name, 'audience')
  assert.ok(checks.slice(0, at).every(({ verdict }) => verdict === 'passed'))
  assert.ok(checks.slice(at + 1).every(({ verdict }) => verdict === 'not reached'))
  assert.match(checks[at + 1]?.found ?? '', /2027-01-15T07:00:00/) // read, although not verified
})

const cut = `${head}.${body}`
const rows: readonly (readonly [string, TokenFailure, RegExp, Partial<Policy>?])[] = [
  ['', 'token_malformed', /held no token/],
  ['undefined', 'token_malformed', /held no token/],
  ['[object Object]', 'token_malformed', /held no token/],
  [`Bearer ${good}`, 'token_malformed', /the word Bearer/],
  [`"${good}"`, 'token_malformed', /quotation marks/],
  [`${good}\n`, 'token_malformed', /line break/],
  [good.replaceAll('.', '%2E'), 'token_malformed', /percent-encoded/],
  [`{"token":"${good}"}`, 'token_malformed', /JSON was sent/],
  ['cs_refresh_9f8a7b6c5d4e3f', 'token_malformed', /refresh token/],
  [good.slice(0, 40), 'token_malformed', /cut off/],
  ['css_9f8a7b6c5d4e3f', 'token_malformed', /secret of a service account.*token endpoint/],
  ['csk_9f8a7b6c5d4e3f', 'token_malformed', /API token.*apiTokens/],
  [cut, 'token_malformed', /cut off/],
  [`${good}=`, 'token_malformed', /padding/],
  [`${cut}.a+b/`, 'token_malformed', /plain base64/],
  [`${cut}.é`, 'token_malformed', /changed or cut off/],
  [`${good}.a.b`, 'token_encrypted', /encrypts/],
  ['x'.repeat(9000), 'token_too_large', /maxLength/],
  [forge(ecKey, { ...header, crit: ['b64'] }), 'header_critical', /extension/],
  [`${part({ ...header, alg: 'none' })}.${body}.`, 'algorithm_not_allowed', /unsigned/],
  [forge(hmacKey, { ...header, alg: 'HS256' }), 'algorithm_not_allowed', /public key as a secret/],
  [
    `${part({ ...header, alg: 'RS256' })}.${body}.${signature}`,
    'algorithm_not_allowed',
    /another algorithm/,
  ],
  [forge(ecKey, { ...header, typ: 'JWT' }), 'token_type_wrong', /set type to 'JWT' in/], // [18.25]
  [
    forge(ecKey, { ...header, typ: undefined }),
    'token_type_wrong',
    /set type to 'JWT or none'/,
    { type: 'JWT' },
  ],
  [good, 'token_type_wrong', /leave type out/, { type: 'JWT or none' }],
  [forge(ecKey, { ...header, typ: 'dpop+jwt' }), 'token_type_wrong', /another kind/],
  [
    forge(ecKey, { ...header, typ: 'JWT' }, { ...goodClaims, nonce: 'x' }),
    'token_type_wrong',
    /ID token/,
  ],
  [forge(ecKey, { ...header, kid: 'gone' }), 'key_unknown', /rotated/],
  [
    forge(ecKey, { ...header, kid: 'gone' }, { ...goodClaims, iss: 'x' }),
    'key_unknown',
    /another issuer/,
  ],
  [good, 'key_unknown', /rotated/, { keys: { find: () => undefined } }],
  [good, 'key_algorithm_wrong', /one kid for two/, { keys: { find: () => hmacKey } }],
  [forge(generateKey('ES256'), header), 'signature_wrong', /changed, or two environments/],
  [
    `${cut}.${sign('sha256', Buffer.from(cut), ecKey.privateKey).toString('base64url')}`,
    'signature_wrong',
    /DER/,
  ],
  [forge(ecKey, header, '{"a":1,"a":2}'), 'claims_malformed', /^$/],
  [forge(ecKey, header, { iss: 'x', sub: 'x' }), 'claim_missing', /aud, exp, iat, jti/],
  [claims({ sub: undefined }), 'claim_missing', /from subject in the policy/],
  [
    claims({ sub: undefined }),
    'claim_missing',
    /finds no subject/,
    { subject: ({ client_id: id }) => id },
  ],
  [forge(ecKey, header, { nonce: 'x' }), 'claim_missing', /ID token/],
  [claims({ sub: 7 }), 'claim_malformed', /createLegacyVerifier/],
  [claims({ exp: 'soon' }), 'claim_malformed', /time as text/],
  [claims({ iss: `${goodClaims.iss}/` }), 'issuer_wrong', /slash/],
  [claims({ iss: 'http://issuer.example' }), 'issuer_wrong', /http/],
  [claims({ iss: 'https://Issuer.example' }), 'issuer_wrong', /capital/],
  [claims({ iss: 'https://other.example' }), 'issuer_wrong', /environment/],
  [claims({ aud: ['x', 'api/'] }), 'audience_wrong', /slash/],
  [claims({ aud: 'x' }), 'audience_wrong', /another service/],
  [claims({ exp: now - 30 }), 'token_expired', /30 s ago/],
  [claims({ exp: now - 86_400 }), 'token_expired', /does not refresh/],
  [claims({ nbf: now + 30 }), 'token_not_yet_valid', /30 s apart/],
  [claims({ iat: now + 40, exp: now + 100 }), 'token_issued_in_future', /40 s apart/],
  [claims({ iat: now * 1000, exp: now * 1000 + 60 }), 'token_issued_in_future', /milliseconds/],
  [claims({ exp: now * 1000 }), 'token_lifetime_too_long', /milliseconds/],
  [claims({ exp: now + 90_000 }), 'token_lifetime_too_long', /maxLifetime/],
  [claims({ iat: now - 100 }), 'token_too_old', /keeps its token/, { maxAge: 60 }],
]

test('[18.32] an explanation never advises to set what is set', () => {
  const everySetting: Partial<Policy> = {
    type: 'JWT or none',
    required: ['iat', 'jti', 'sid'],
    leeway: 5,
    maxLifetime: 60,
    maxAge: 30,
    maxLength: 4096,
    cacheSize: 10,
    subject: ({ sub }) => sub,
  }
  const tokens = [
    ...rows.map(([token]) => token),
    ...[undefined, 'JWT', 'at+jwt', 'application/at+jwt', 'logout+jwt'].flatMap((typ) =>
      [{}, { iat: undefined }, { jti: undefined }, { sub: undefined }, { sub: 1.5 }].map((change) =>
        forge(ecKey, { ...header, typ }, { ...goodClaims, ...change }),
      ),
    ),
  ]
  for (const token of tokens)
    for (const policy of [everySetting, { ...everySetting, type: 'at+jwt' }, { type: 'JWT' }]) {
      const { likelyCause = '' } = failed(explain(token, policy)) ?? {}
      for (const [name, value] of Object.entries(policy))
        if (!likelyCause.includes(`set ${name} to '`) || likelyCause.includes(`'${String(value)}'`))
          assert.doesNotMatch(likelyCause, new RegExp(`set ${name}\\b`), likelyCause)
    }
})

suite('common mistakes are recognised', () => {
  for (const [at, [token, code, cause, policy]] of rows.entries()) {
    test(`${at}: ${code}, ${cause}`, () => {
      const explanation = explain(token, policy)
      assert.equal(explanation.code, code)
      assert.equal(explanation.accepted, false)
      assert.match(failed(explanation)?.likelyCause ?? '', cause)
    })
  }

  test('every failure code of a token belongs to a check', () => {
    const codes = Object.keys(tokenFailures)
    const ofTokens = codes.slice(0, codes.indexOf('policy_invalid'))
    const failing = (code: string) => ({
      find: () => {
        throw new CountersignError(code, 'no keys')
      },
    })
    const seen = new Set(rows.map(([token, , , policy]) => explain(token, policy).code))
    for (const code of ['key_set_unavailable', 'issuer_mismatch'])
      seen.add(explain(good, { keys: failing(code) }).code)
    seen.add(explain(forge(ecKey, '[]')).code).add('legacy_token_ended') // legacy-verifier.test.ts
    assert.deepEqual(new Set(ofTokens), seen)
  })
})

test('a secret that is read in two ways is recognised, and is not quoted', () => {
  const text = Buffer.from(secret).toString('base64')
  for (const theirs of [text, Buffer.from(secret).toString('hex')]) {
    const issuer = importSecret(theirs, 'HS256', { id: 'shared' })
    const explanation = createVerifier(policyFor(hmacKey)).explain(forge(issuer, headerFor(issuer)))
    assert.match(failed(explanation)?.likelyCause ?? '', /one secret in two ways/)
    const other = createVerifier(policyFor(issuer)).explain(forge(hmacKey, headerFor(hmacKey)))
    assert.match(failed(other)?.likelyCause ?? '', /one secret in two ways/)
    for (const one of [explanation, other])
      assert.ok(!JSON.stringify(one).includes(secret) && !JSON.stringify(one).includes(theirs))
  }
  const stranger = importSecret([...secret].toReversed().join(''), 'HS256', { id: 'shared' })
  const explanation = createVerifier(policyFor(hmacKey)).explain(
    forge(stranger, headerFor(stranger)),
  )
  assert.match(failed(explanation)?.likelyCause ?? '', /different secrets/)
})

test('the explanation agrees with the verifier for any input, and fits in one log line', () => {
  const verifier = createVerifier(policyFor(ecKey))
  const legacy = createLegacyVerifier(policyFor(ecKey))
  const name = constantFrom('alg', 'typ', 'kid', 'crit', 'iss', 'sub', 'aud', 'exp', 'iat', 'nbf')
  const change = record({
    name,
    value: constantFrom<unknown>(null, 7, -1, '', 'x', [], {}, 1e300, '\u2028\u202e\r\n'),
  })
  check(
    property(change, string(), (one, junk) => {
      const edit = { [one.name]: one.value }
      for (const token of [
        junk,
        `${junk}.${junk}.${junk}`,
        forge(ecKey, { ...header, ...edit }),
        forge(ecKey, header, { ...goodClaims, ...edit }),
      ]) {
        for (const own of [verifier, legacy]) {
          const { code = 'none', checks } = own.explain(token)
          const verified = codeOf(() => own.verify(token))
          assert.equal(code, verified)
          for (const { found, expected } of checks)
            assert.match(`${found}${expected}`, /^[\x20-\x7e]{0,400}$/)
        }
      }
    }),
    { numRuns: 500 },
  )
})

test('a value that is not a string is explained too', () => {
  for (const token of [undefined, null, 7, {}])
    assert.equal(explain(token as never).code, 'token_malformed')
})

test('an explanation quotes neither a signature nor an opaque secret', () => {
  for (const token of [good, `${good}x`, 'cs_refresh_CANARYCANARY', `Bearer ${good}`]) {
    const explanation = JSON.stringify(explain(token))
    assert.ok(
      !explanation.includes(signature.slice(0, 20)) && !explanation.includes('CANARY'),
      explanation,
    )
  }
})
