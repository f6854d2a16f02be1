import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import {
  codeOf,
  ecKey,
  forge,
  goodClaims,
  headerFor,
  now,
  part,
  policyFor,
} from './forge.fixture.ts'
import { exportPrivateJwk, exportPublicJwk } from '../jwk/export-key.ts'
import { importPrivateKey } from '../jwk/import-key.ts'
import { generateKey, type SigningKey } from '../jwk/key.ts'
import { localKeySet, type Jwks } from '../jwks/key-set.ts'
import type { Policy } from './policy.ts'
import { issuer } from '../jwks/remote-issuer.fixture.ts'
import { createSigner, type SignableClaims } from './signer.ts'
import { throwawayKey } from '../testing.ts'
import { createVerifier } from './verifier.ts'

// Known faults of other libraries that belong to no single file. The numbers are those of docs/threat-model.md.

const header = headerFor(ecKey)
const good = forge(ecKey, header)
const refusal = (token: string, more: Partial<Policy> = {}) =>
  codeOf(() => createVerifier(policyFor(ecKey, more)).verify(token))

test('[A3] a published key without alg is taken for what its type allows, never for what a header says', () => {
  for (const key of [ecKey, throwawayKey('RS256'), throwawayKey('EdDSA')]) {
    const { alg: _, ...jwk } = exportPublicJwk(key)
    const keys = localKeySet({ keys: [jwk] } as Jwks)
    for (const alg of ['HS256', 'RS256', 'PS256', 'ES256', 'EdDSA', 'none'] as const) {
      const found = keys.find({ alg: alg as 'HS256', kid: key.id })
      assert.equal(found?.algorithm, jwk.kty === 'RSA' ? undefined : key.algorithm)
    }
    const signed = `${part({ alg: 'HS256', typ: 'at+jwt', kid: key.id })}.${part(goodClaims)}`
    for (const secret of ['', JSON.stringify(jwk), Buffer.alloc(32)]) {
      const forged = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
      const code = refusal(forged, { keys, algorithms: ['ES256', 'RS256', 'EdDSA', 'HS256'] })
      assert.match(code, /key_unknown|key_algorithm_wrong/)
    }
  }
})

test('[B11] keys and addresses in the header are never looked at, and nothing is fetched', async (t) => {
  const canary = await issuer(t)
  const attacker = generateKey('ES256')
  const own = {
    ...header,
    jwk: exportPublicJwk(attacker),
    jku: canary.url,
    x5u: canary.url,
    x5c: ['AAAA'],
  }
  for (const [by, expected] of [
    [attacker, 'signature_wrong'],
    [ecKey, 'none'],
  ] as const) {
    const token = forge(by, own)
    const verifier = createVerifier(policyFor(ecKey))
    assert.equal(refusal(token), expected)
    assert.equal(verifier.explain(token).accepted, expected === 'none')
    assert.equal(
      (await verifier.verifyAsync(token).catch(() => 'refused')) === 'refused',
      by === attacker,
    )
  }
  await (await fetch(canary.url)).text() // the canary sings when asked, and whatever was sent before has arrived
  assert.equal(canary.asked.length, 1)
})

test('[B15] two issuers that give their keys one name are still two issuers', () => {
  const jwk = (key: SigningKey) => ({ ...exportPrivateJwk(key), kid: 'one' })
  const [ours, theirs] = [ecKey, generateKey('ES256')].map((key) =>
    importPrivateKey(jwk(key), 'ES256'),
  )
  assert.ok(ours && theirs)
  const verifiers = [
    createVerifier(policyFor(ours)),
    createVerifier(policyFor(theirs, { issuer: 'https://other.example' })),
  ]
  const tokens = [ours, theirs].flatMap((key) =>
    [goodClaims.iss, 'https://other.example'].map((iss) =>
      forge(key, headerFor(key), { ...goodClaims, iss }),
    ),
  )
  assert.deepEqual(
    verifiers.map((verifier) => tokens.map((token) => codeOf(() => verifier.verify(token)))),
    [
      ['none', 'issuer_wrong', 'signature_wrong', 'signature_wrong'],
      ['signature_wrong', 'signature_wrong', 'issuer_wrong', 'none'],
    ],
  )
})

test('[C22] the same token gets the same answer, however often and in whatever order', () => {
  const verifier = createVerifier(policyFor(ecKey, { cacheSize: 0 }))
  const bad = forge(generateKey('ES256'), header)
  for (let at = 0; at < 50; at++) {
    assert.equal(
      codeOf(() => verifier.verify(good)),
      'none',
    )
    assert.equal(
      codeOf(() => verifier.verify(bad)),
      'signature_wrong',
    )
  }
})

test('[C22] no pattern is ever made of a policy: names are compared whole', () => {
  for (const name of ['.*', '^api$', 'a|api', '(a+)+$']) {
    assert.equal(refusal(good, { audience: name }), 'audience_wrong')
    assert.equal(refusal(good, { issuer: name }), 'issuer_wrong')
  }
  assert.equal(refusal(good, { audience: /api/ as never }), 'policy_invalid')
  assert.equal(refusal(good, { issuer: /issuer/ as never }), 'policy_invalid')
})

test('[C25] more members than anybody needs are refused, signed or not', () => {
  const many = Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`k${at}`, 1]))
  assert.equal(refusal(forge(ecKey, header, { ...goodClaims, ...many })), 'claims_malformed')
  assert.equal(refusal(forge(ecKey, { ...header, ...many })), 'header_malformed')
})

test('[C23] a claim named __proto__ lends its members to nobody', () => {
  const claims = JSON.stringify({ ...goodClaims, sub: 'ada' }).replace(
    '{',
    '{"__proto__":{"roles":["admin"],"aud":"api"},"constructor":{"prototype":{"admin":true}},',
  )
  const { claims: proven } = createVerifier(policyFor(ecKey)).verify(forge(ecKey, header, claims))
  assert.equal(proven['roles'], undefined)
  assert.equal(Object.getPrototypeOf(proven), Object.prototype)
  assert.equal(
    refusal(forge(ecKey, header, claims.replace(',"aud":"api","iat"', ',"iat"'))),
    'claim_missing',
  )
  const signer = createSigner({ key: ecKey, issuer: goodClaims.iss, lifetime: 60 })
  const [, payload = ''] = signer
    .sign(JSON.parse('{"sub":"a","aud":"b","__proto__":{"iss":"x"}}') as SignableClaims)
    .split('.')
  const written = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
    readonly iss: string
  }
  assert.equal(written.iss, goodClaims.iss)
  assert.equal(({} as { admin?: boolean }).admin, undefined)
})

test('[D30] no claim switches off a check', () => {
  const switches = {
    nonce_supported: false,
    verify_exp: false,
    verify_signature: false,
    exp_supported: false,
    options: { verify: false },
    alg: 'none',
    typ: 'at+jwt',
    crit: [],
    aud_supported: false,
    leeway: 1e9,
    maxLifetime: 1e9,
    clockTolerance: 1e9,
    ignoreExpiration: true,
  }
  const claims = { ...goodClaims, ...switches }
  assert.equal(refusal(forge(ecKey, header, { ...claims, exp: now - 6 })), 'token_expired')
  assert.equal(refusal(forge(ecKey, header, { ...claims, aud: 'x' })), 'audience_wrong')
  assert.equal(
    refusal(forge(ecKey, header, { ...claims, exp: now + 1e6 })),
    'token_lifetime_too_long',
  )
  assert.equal(refusal(forge(ecKey, { ...header, ...switches, alg: 'ES256' })), 'header_critical')
})

test('[D31] what a policy leaves out keeps its strict default, and a call has no options at all', () => {
  const set = { leeway: undefined, maxLifetime: undefined, required: undefined, type: undefined }
  const expired = forge(ecKey, header, { ...goodClaims, exp: now - 6 })
  assert.equal(refusal(expired, set as never), 'token_expired')
  assert.equal(refusal(forge(ecKey, { ...header, typ: 'JWT' }), set as never), 'token_type_wrong')
  assert.equal(refusal(forge(ecKey, header, { ...goodClaims, jti: undefined })), 'claim_missing')
  const verify = createVerifier(policyFor(ecKey)).verify as (...given: unknown[]) => unknown
  assert.equal(verify.length, 1)
  for (const options of [
    { algorithms: ['none'] },
    { complete: true, ignoreExpiration: true },
    null,
  ])
    assert.equal(
      codeOf(() => verify(expired, options)),
      'token_expired',
    )
})

test('[E34] the claims come from the very bytes that were verified', () => {
  const verifier = createVerifier(policyFor(ecKey, { cacheSize: 0 }))
  const odd = `{ "sub" : "ad\\u0061",${JSON.stringify(goodClaims).slice(1)}`.replace(
    ',"sub":"ada"',
    '',
  )
  assert.equal(verifier.verify(forge(ecKey, header, odd)).claims.sub, 'ada')
  // A text that answers differently each time it is read must not be read twice.
  let reads = 0
  const shifty = { toString: () => (reads++ === 0 ? good : forge(ecKey, header, {})) }
  assert.equal(
    codeOf(() => verifier.verify(shifty as never)),
    'token_malformed',
  )
  assert.equal(reads, 0)
})
