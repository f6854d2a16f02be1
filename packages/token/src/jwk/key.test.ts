import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { suite, test } from 'node:test'
import { codeOf, ecKey, hmacKey } from '../jwt/forge.fixture.ts'
import { parseHeader } from '../jws/compact.ts'
import type { PrivateJwk, PublicJwk } from './jwk.ts'
import * as keys from '../index.ts'
import { localKeySet, toJwks, type Jwks } from '../jwks/key-set.ts'
import { createSigner } from '../jwt/signer.ts'

const publicJwk = keys.exportPublicJwk(ecKey) as Required<Pick<PublicJwk, 'x' | 'y'>> & PublicJwk
const privateJwk = keys.exportPrivateJwk(ecKey)
const importing = (jwk: object) => codeOf(() => keys.importPublicKey(jwk as PublicJwk, 'ES256'))
const header = (kid?: string) =>
  parseHeader(
    Buffer.from(JSON.stringify({ alg: 'ES256', ...(kid === undefined ? {} : { kid }) })).toString(
      'base64url',
    ),
  )

test('a key keeps its id when exported and imported, as JWK and as PEM', () => {
  const pem = ecKey.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const spki = ecKey.key.export({ type: 'spki', format: 'pem' }).toString()
  for (const again of [
    keys.importPrivateKey(privateJwk, 'ES256'),
    keys.importPrivateKey(pem, 'ES256'),
    keys.importPublicKey(publicJwk, 'ES256'),
    keys.importPublicKey(spki, 'ES256'),
  ]) {
    assert.equal(again.id, ecKey.id)
    assert.deepEqual(keys.exportPublicJwk(again), publicJwk)
  }
})

test('the thumbprint of a key is that of RFC 7638', () => {
  // Computed from RFC 7515, appendix A.3's key with the method of RFC 7638, section 3.
  const key = keys.importPublicKey(
    {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    },
    'ES256',
  )
  assert.equal(key.id, 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U')
})

suite('a public key is rejected when', () => {
  const rows: readonly (readonly [string, object])[] = [
    ['its type is another', { ...publicJwk, kty: 'RSA' }],
    ['its curve is another', { ...publicJwk, crv: 'P-384' }],
    ['its algorithm is another', { ...publicJwk, alg: 'ES384' }],
    ['it is for encryption', { ...publicJwk, use: 'enc' }],
    ['its operations do not allow checking', { ...publicJwk, key_ops: ['sign'] }],
    ['its operations name one twice', { ...publicJwk, key_ops: ['verify', 'verify'] }],
    ['its operations are no list', { ...publicJwk, key_ops: 'verify' }],
    ['its kid is no text', { ...publicJwk, kid: 7 }],
    ['it contains private members', privateJwk],
    [
      'a member contains a blank',
      { ...publicJwk, x: `${publicJwk.x.slice(0, 20)} ${publicJwk.x.slice(20)}` },
    ],
    ['a member is padded', { ...publicJwk, x: `${publicJwk.x}=` }],
    ['a member is too short', { ...publicJwk, x: publicJwk.x.slice(0, 40) }],
    [
      'a member has a leading zero',
      {
        ...publicJwk,
        y: Buffer.concat([Buffer.alloc(1), Buffer.from(publicJwk.y, 'base64url')]).toString(
          'base64url',
        ),
      },
    ],
    ['a member is missing', { kty: 'EC', crv: 'P-256', x: publicJwk.x }],
    ['it is not on the curve', { ...publicJwk, x: publicJwk.y, y: publicJwk.x }],
  ]
  for (const [name, jwk] of rows) test(name, () => assert.equal(importing(jwk), 'key_invalid'))
})

test('[A7] a key of another curve or type in PEM is rejected', () => {
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const koblitz = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }) // has the coordinate length of P-256, and is another curve
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  for (const { publicKey, privateKey } of [p384, koblitz, rsa]) {
    const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    assert.equal(
      codeOf(() => keys.importPublicKey(spki, 'ES256')),
      'key_invalid',
    )
    assert.equal(
      codeOf(() => keys.importPrivateKey(pkcs8, 'ES256')),
      'key_invalid',
    )
    assert.equal(
      codeOf(() => keys.importPublicKey(pkcs8, 'ES256')),
      'key_invalid',
    )
  }
})

test('[A10] a private key whose halves do not belong together is rejected', () => {
  const other = keys.exportPrivateJwk(keys.generateKey('ES256'))
  const mixed = { ...privateJwk, d: other.d } as PrivateJwk
  assert.equal(
    codeOf(() => keys.importPrivateKey(mixed, 'ES256')),
    'key_invalid',
  )
})

test('a secret cannot be exported as a public key or imported as one', () => {
  assert.equal(
    codeOf(() => keys.exportPublicJwk(hmacKey)),
    'key_invalid',
  )
  assert.equal(
    codeOf(() => toJwks([hmacKey])),
    'key_invalid',
  )
  assert.equal(
    codeOf(() => keys.importPublicKey(publicJwk, 'HS256' as never)),
    'key_invalid',
  )
})

test('an object that merely looks like a key is rejected wherever a key is needed', () => {
  const lookalike = { ...ecKey }
  assert.equal(
    codeOf(() => createSigner({ key: lookalike, issuer: 'i', lifetime: 60 })),
    'key_invalid',
  )
  assert.equal(
    codeOf(() => localKeySet([lookalike])),
    'key_invalid',
  )
  assert.equal(
    codeOf(() => keys.exportPublicJwk(lookalike)),
    'key_invalid',
  )
})

test('a published set contains no private member', () => {
  assert.deepEqual(Object.keys(toJwks([ecKey]).keys[0] ?? {}).toSorted(), [
    'alg',
    'crv',
    'kid',
    'kty',
    'use',
    'x',
    'y',
  ])
})

test('[B14] an invalid or unknown member does not invalidate a set', () => {
  const bad = [
    null,
    7,
    {},
    { kty: 'RSA', alg: 'RS256' },
    { ...publicJwk, x: 'AA' },
    { ...publicJwk, alg: 'toString' },
    privateJwk,
  ]
  const set = localKeySet({ keys: [...bad, publicJwk] } as unknown as Jwks)
  assert.equal(set.find(header(ecKey.id))?.id, ecKey.id)
})

test('two keys of the program with one id and algorithm, or a mix of secret and public keys, are rejected', () => {
  for (const source of [
    [ecKey, ecKey],
    [ecKey, hmacKey],
  ])
    assert.equal(
      codeOf(() => localKeySet(source)),
      'jwks_invalid',
    )
  assert.equal(
    codeOf(() => localKeySet({ keys: 'x' } as unknown as Jwks)),
    'jwks_invalid',
  )
})

test('without a kid a key is found only if there is no choice', () => {
  const other = keys.generateKey('ES256')
  assert.equal(localKeySet([ecKey]).find(header())?.id, ecKey.id)
  assert.equal(localKeySet([ecKey, other]).find(header()), undefined)
  assert.equal(localKeySet([ecKey, other]).find(header(other.id))?.id, other.id)
})

test('[B12] a hostile kid finds nothing', () => {
  for (const kid of ['__proto__', 'constructor', 'toString', '../../dev/null', "' or 1=1 --", '']) {
    assert.equal(localKeySet([ecKey]).find(header(kid)), undefined, kid)
  }
})
