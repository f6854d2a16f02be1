import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { codeOf } from '../jwt/forge.fixture.ts'
import { parseHeader, splitCompact, verifySignature } from '../jws/compact.ts'
import type { PrivateJwk, PublicJwk } from './jwk.ts'
import { importPrivateKey, importPublicKey } from './import-key.ts'
import { checkRsaKey } from './rsa.ts'

const vector = <T>(name: string) =>
  JSON.parse(
    readFileSync(new URL(`../../../../vectors/${name}.json`, import.meta.url), 'utf8'),
  ) as T
const rfc7638 = vector<{ readonly jwk: PublicJwk; readonly thumbprint: string }>('rfc7638')
const rfc8037 = vector<{
  readonly jwk: PrivateJwk
  readonly thumbprint: string
  readonly token: string
}>('rfc8037')

test('the thumbprint of RFC 7638, section 3.1', () => {
  assert.equal(importPublicKey(rfc7638.jwk, 'RS256').id, rfc7638.thumbprint)
})

test('the key, the thumbprint and the signature of RFC 8037, appendix A', () => {
  const key = importPrivateKey(rfc8037.jwk, 'EdDSA')
  assert.equal(key.id, rfc8037.thumbprint)
  const parts = splitCompact(rfc8037.token)
  assert.equal(parseHeader(parts.header).alg, 'EdDSA')
  assert.ok(verifySignature(parts, key))
  assert.ok(!verifySignature({ ...parts, signed: Buffer.from(`${parts.signed}A`) }, key))
})

const toBase64url = (value: bigint) => {
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url')
}
const modulus = BigInt(`0x${Buffer.from(rfc7638.jwk.n ?? '', 'base64url').toString('hex')}`)

/** A number with the fingerprint: a power of 65537 modulo the product of the small primes, extended to 2,048 bits. */
function rocaModulus(): bigint {
  const primes = [
    2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
  ]
  const product = primes.reduce((all, prime) => all * BigInt(prime), 1n)
  let power = 1n
  for (let at = 0; at < 12_345; at++) power = (power * 65_537n) % product
  return power + product * (2n ** 2047n / product + 1n)
}

suite('[A6] an RSA key is rejected when', () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['its modulus is short', toBase64url(modulus >> 1n), 'AQAB'],
    ['its modulus is huge', toBase64url(modulus ** 5n), 'AQAB'],
    ['its modulus is even', toBase64url(modulus + 1n), 'AQAB'],
    ['its exponent is 1', rfc7638.jwk.n!, 'AQ'],
    ['its exponent is 3', rfc7638.jwk.n!, 'Aw'],
    ['its exponent is even', rfc7638.jwk.n!, 'AQAC'],
    ['its exponent has a leading zero', rfc7638.jwk.n!, 'AAEAAQ'],
    ['its modulus has a leading zero', `AA${rfc7638.jwk.n!}`.slice(0, -1), 'AQAB'],
    [
      'its modulus contains a blank',
      `${rfc7638.jwk.n!.slice(0, 40)} ${rfc7638.jwk.n!.slice(40)}`,
      'AQAB',
    ],
    ['its modulus is empty', '', 'AQAB'],
    ['its modulus has the ROCA weakness', toBase64url(rocaModulus()), 'AQAB'],
  ]
  for (const [name, n, e] of rows) {
    test(name, () => {
      assert.notEqual(checkRsaKey(n, e), 'good')
      assert.equal(
        codeOf(() => importPublicKey({ kty: 'RSA', n, e }, 'RS256')),
        'key_invalid',
      )
    })
  }
})

test('the ROCA fingerprint is detected', () => {
  assert.match(checkRsaKey(toBase64url(rocaModulus()), 'AQAB'), /ROCA/)
  assert.equal(checkRsaKey(rfc7638.jwk.n!, 'AQAB'), 'good')
})

test('a short RSA key in PEM is rejected like one in JWK, and so is an RSA-PSS key', () => {
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 })
  for (const { publicKey, privateKey } of [short, pss]) {
    const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    assert.equal(
      codeOf(() => importPublicKey(spki, 'PS256')),
      'key_invalid',
    )
    assert.equal(
      codeOf(() => importPrivateKey(pkcs8, 'PS256')),
      'key_invalid',
    )
  }
})

test('an RSA key that names another algorithm is rejected', () => {
  assert.equal(
    codeOf(() => importPublicKey({ ...rfc7638.jwk, alg: 'PS256' }, 'RS256')),
    'key_invalid',
  )
})
