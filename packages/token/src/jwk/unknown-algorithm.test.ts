import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as token from '../index.ts'
import { codeOf, ecKey, hmacKey, policyFor, secret } from '../jwt/forge.fixture.ts'
import { throwawayKey } from '../testing.ts'

// Programs without types pass anything.

const publicJwk = token.exportPublicJwk(ecKey)
const privateJwk = token.exportPrivateJwk(ecKey)
const strangers: readonly unknown[] = [
  'ES521',
  'A128KW',
  'none',
  'es256',
  'Ed25519',
  'toString',
  '__proto__',
  '',
  undefined,
  null,
  7,
  {},
  ['ES256'],
]

suite('[18.20] an unknown algorithm is a failure of the catalogue, for', () => {
  const functions: Readonly<Record<string, (algorithm: never) => unknown>> = {
    generateKey: (algorithm) => token.generateKey(algorithm),
    importPublicKey: (algorithm) => token.importPublicKey(publicJwk, algorithm),
    'importPublicKey with PEM': (algorithm) =>
      token.importPublicKey(token.exportPublicPem(ecKey), algorithm),
    importPrivateKey: (algorithm) => token.importPrivateKey(privateJwk, algorithm),
    importSecret: (algorithm) => token.importSecret(secret, algorithm),
    throwawayKey: (algorithm) => throwawayKey(algorithm === undefined ? ('' as never) : algorithm),
  }
  for (const [name, work] of Object.entries(functions))
    test(name, () => {
      for (const stranger of strangers)
        assert.equal(
          codeOf(() => work(stranger as never)),
          'algorithm_unknown',
          String(stranger),
        )
    })

  test('a policy', () => {
    for (const stranger of strangers)
      assert.equal(
        codeOf(() => token.createVerifier(policyFor(ecKey, { algorithms: [stranger as never] }))),
        'policy_invalid',
      )
  })
})

test('[18.20] the message of an unknown algorithm names the closest one', () => {
  assert.throws(() => token.importPublicKey(publicJwk, 'ES521' as never), /did you mean ES512\?/)
})

test('[18.20] a secret is imported for HMAC only', () => {
  for (const algorithm of ['ES256', 'RS256', 'EdDSA', 'ML-DSA-44'])
    assert.equal(
      codeOf(() => token.importSecret(secret, algorithm as never)),
      'key_invalid',
    )
})

test('[18.20] other values of untyped programs are failures of the catalogue too', () => {
  for (const nothing of [undefined, null, 7, true, '']) {
    const value = nothing as never
    const rows: readonly (readonly [() => unknown, string])[] = [
      [() => token.importPublicKey(value, 'ES256'), 'key_invalid'],
      [() => token.importPrivateKey(value, 'ES256'), 'key_invalid'],
      [() => token.importSecret(value, 'HS256'), 'secret_weak'],
      [() => token.localKeySet(value), 'jwks_invalid'],
      [() => token.localKeySet([value]), 'key_invalid'],
      [() => token.toJwks([value]), 'key_invalid'],
      [() => token.exportPublicJwk(value), 'key_invalid'],
      [() => token.exportPrivateJwk(value), 'key_invalid'],
      [() => token.exportPrivatePem(value), 'key_invalid'],
      [() => token.thumbprint(value), 'key_invalid'],
      [() => token.inspect(value), 'token_malformed'],
      [() => token.createVerifier(value), 'policy_invalid'],
      [() => token.createLegacyVerifier(value), 'policy_invalid'],
      [() => token.createSigner(value), 'signer_invalid'],
      [() => token.issuerKeySet(value), 'policy_invalid'],
      [() => token.remoteKeySet(value), 'policy_invalid'],
    ]
    for (const [work, code] of rows) assert.equal(codeOf(work), code, `${String(work)} ${value}`)
  }
  const signer = token.createSigner({ key: ecKey, issuer: 'i', lifetime: 60 })
  for (const claims of [undefined, null, 7, 'ada'])
    assert.equal(
      codeOf(() => signer.sign(claims as never)),
      'claims_unsignable',
    )
  const verifyOnly = token.importPublicKey(publicJwk, 'ES256') as token.SigningKey
  for (const work of [
    () => token.exportPrivateJwk(hmacKey),
    () => token.exportPrivateJwk(verifyOnly),
    () => token.exportPrivatePem(verifyOnly),
    () => token.createSigner({ key: verifyOnly, issuer: 'i', lifetime: 60 }),
  ])
    assert.equal(codeOf(work), 'key_invalid')
})
