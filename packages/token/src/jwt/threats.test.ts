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

// Known vulnerabilities of other libraries that belong to no single file. The numbers are those of docs/threat-model.md.

const header = headerFor(ecKey)
const good = forge(ecKey, header)
const codeFor = (token: string, more: Partial<Policy> = {}) =>
  codeOf(() => createVerifier(policyFor(ecKey, more)).verify(token))

test('[A3] a published key without alg has the only or the usual algorithm of its type, never that of the header', () => {
  for (const key of [ecKey, throwawayKey('RS256'), throwawayKey('EdDSA')]) {
    const { alg: _, ...jwk } = exportPublicJwk(key)
    const keys = localKeySet({ keys: [jwk] } as Jwks)
    for (const alg of ['HS256', 'RS256', 'PS256', 'ES256', 'EdDSA', 'none'] as const) {
      const found = keys.find({ alg: alg as 'HS256', kid: key.id })
      assert.equal(found?.algorithm, key.algorithm) // RS256 for RSA
    }
    const signed = `${part({ alg: 'HS256', typ: 'at+jwt', kid: key.id })}.${part(goodClaims)}`
    for (const secret of ['', JSON.stringify(jwk), Buffer.alloc(32)]) {
      const forged = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
      const code = codeFor(forged, { keys, algorithms: ['ES256', 'RS256', 'EdDSA', 'HS256'] })
      assert.match(code, /key_unknown|key_algorithm_wrong/)
    }
  }
})

test('[B11] keys and URLs in the header are ignored, and nothing is fetched', async (t) => {
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
    assert.equal(codeFor(token), expected)
    assert.equal(verifier.explain(token).accepted, expected === 'none')
    assert.equal(
      (await verifier.verifyAsync(token).catch(() => 'refused')) === 'refused',
      by === attacker,
    )
  }
  await (await fetch(canary.url)).text() // the canary does record requests, and earlier ones have arrived by now
  assert.equal(canary.received.length, 1)
})

test('[B15] two issuers with the same kid are kept apart', () => {
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

test('[C22] the same token gets the same result each time, in every order', () => {
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

test('[C22] no regular expression is made from a policy: names are compared whole', () => {
  for (const name of ['.*', '^api$', 'a|api', '(a+)+$']) {
    assert.equal(codeFor(good, { audience: name }), 'audience_wrong')
    assert.equal(codeFor(good, { issuer: name }), 'issuer_wrong')
  }
  assert.equal(codeFor(good, { audience: /api/ as never }), 'policy_invalid')
  assert.equal(codeFor(good, { issuer: /issuer/ as never }), 'policy_invalid')
})

test('[C25] too many members are rejected, signed or not', () => {
  const many = Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`k${at}`, 1]))
  assert.equal(codeFor(forge(ecKey, header, { ...goodClaims, ...many })), 'claims_malformed')
  assert.equal(codeFor(forge(ecKey, { ...header, ...many })), 'header_malformed')
})

test('[C23] a claim named __proto__ does not pollute a prototype', () => {
  const claims = JSON.stringify({ ...goodClaims, sub: 'ada' }).replace(
    '{',
    '{"__proto__":{"roles":["admin"],"aud":"api"},"constructor":{"prototype":{"admin":true}},',
  )
  const { claims: proven } = createVerifier(policyFor(ecKey)).verify(forge(ecKey, header, claims))
  assert.equal(proven['roles'], undefined)
  assert.equal(Object.getPrototypeOf(proven), Object.prototype)
  assert.equal(
    codeFor(forge(ecKey, header, claims.replace(',"aud":"api","iat"', ',"iat"'))),
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

test('[D30] no claim disables a check', () => {
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
  assert.equal(codeFor(forge(ecKey, header, { ...claims, exp: now - 6 })), 'token_expired')
  assert.equal(codeFor(forge(ecKey, header, { ...claims, aud: 'x' })), 'audience_wrong')
  assert.equal(
    codeFor(forge(ecKey, header, { ...claims, exp: now + 1e6 })),
    'token_lifetime_too_long',
  )
  assert.equal(codeFor(forge(ecKey, { ...header, ...switches, alg: 'ES256' })), 'header_critical')
})

test('[D31] an omitted or undefined policy member keeps its strict default, and a call has no options', () => {
  const set = { leeway: undefined, maxLifetime: undefined, required: undefined, type: undefined }
  const expired = forge(ecKey, header, { ...goodClaims, exp: now - 6 })
  assert.equal(codeFor(expired, set as never), 'token_expired')
  assert.equal(codeFor(forge(ecKey, { ...header, typ: 'JWT' }), set as never), 'token_type_wrong')
  assert.equal(codeFor(forge(ecKey, header, { ...goodClaims, jti: undefined })), 'claim_missing')
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

test('[E34] the claims are parsed from exactly the bytes that were verified', () => {
  const verifier = createVerifier(policyFor(ecKey, { cacheSize: 0 }))
  const odd = `{ "sub" : "ad\\u0061",${JSON.stringify(goodClaims).slice(1)}`.replace(
    ',"sub":"ada"',
    '',
  )
  assert.equal(verifier.verify(forge(ecKey, header, odd)).claims.sub, 'ada')
  // A value that changes with each read must not be read twice.
  let reads = 0
  const shifty = { toString: () => (reads++ === 0 ? good : forge(ecKey, header, {})) }
  assert.equal(
    codeOf(() => verifier.verify(shifty as never)),
    'token_malformed',
  )
  assert.equal(reads, 0)
})
