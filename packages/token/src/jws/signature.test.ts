import assert from 'node:assert/strict'
import { constants, sign, type SignKeyObjectInput } from 'node:crypto'
import { suite, test } from 'node:test'
import {
  codeOf,
  ecKey,
  forge,
  goodClaims,
  headerFor,
  part,
  policyFor,
} from '../jwt/forge.fixture.ts'
import { exportPrivatePem } from '../jwk/export-key.ts'
import { importPrivateKey } from '../jwk/import-key.ts'
import { type SigningKey } from '../jwk/key.ts'
import { throwawayKey } from '../testing.ts'
import { createVerifier } from '../jwt/verifier.ts'

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n // of P-256
const bytesOf = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')

const good = forge(ecKey, headerFor(ecKey))
const at = good.lastIndexOf('.')
const signature = Buffer.from(good.slice(at + 1), 'base64url')
const [r, s] = [signature.subarray(0, 32), signature.subarray(32)]
const codeFor = (...halves: readonly Buffer[]) =>
  codeOf(() =>
    createVerifier(policyFor(ecKey)).verify(
      `${good.slice(0, at)}.${Buffer.concat(halves).toString('base64url')}`,
    ),
  )

suite('[E32] an ECDSA signature is rejected', () => {
  test('when R or S is zero, or at least the order of the curve', () => {
    const odd = [0n, order, order + 1n, 2n ** 256n - 1n].map(bytesOf)
    for (const one of odd) {
      for (const other of [...odd, bytesOf(1n)]) {
        assert.equal(codeFor(one, other), 'signature_wrong')
        assert.equal(codeFor(other, one), 'signature_wrong')
      }
      assert.equal(codeFor(r, one), 'signature_wrong')
      assert.equal(codeFor(one, s), 'signature_wrong')
    }
  })

  test('when it is valid, but in DER', () => {
    const der = sign('sha256', Buffer.from(good.slice(0, at)), ecKey.privateKey)
    assert.equal(codeFor(der), 'signature_wrong')
  })

  test('when it is shortened or extended, at either end', () => {
    assert.equal(codeFor(r, s), 'none')
    for (const halves of [[], [r], [r, s.subarray(1)], [r.subarray(1), s]])
      assert.equal(codeFor(...halves), 'signature_wrong')
    for (const halves of [
      [Buffer.alloc(1), r, s],
      [r, s, Buffer.alloc(1)],
      [r, s, r, s],
    ])
      assert.equal(codeFor(...halves), 'signature_wrong')
  })
})

// Everyone can replace S by order - S. JOSE signers write either, so neither can be rejected: identify tokens by their jti.
test('[C17] the only other valid signature of an ECDSA token has the same claims, jti included', () => {
  const twin = bytesOf(order - BigInt(`0x${s.toString('hex')}`))
  const verifier = createVerifier(policyFor(ecKey))
  const first = verifier.verify(good)
  const second = verifier.verify(
    `${good.slice(0, at)}.${Buffer.concat([r, twin]).toString('base64url')}`,
  )
  assert.deepEqual(second.claims, first.claims)
  assert.notEqual(second, first)
})

suite('[E32] an RSA signature is rejected', () => {
  const pss = throwawayKey('PS256')
  const pkcs1 = importPrivateKey(exportPrivatePem(pss), 'RS256')
  const code = (key: SigningKey, options: Omit<SignKeyObjectInput, 'key'>, hash = 'sha256') => {
    const signed = `${part(headerFor(key))}.${part(goodClaims)}`
    const bytes = sign(hash, Buffer.from(signed), { key: key.privateKey, ...options })
    const token = `${signed}.${bytes.toString('base64url')}`
    return codeOf(() => createVerifier(policyFor(key)).verify(token))
  }
  const { RSA_PKCS1_PSS_PADDING: asPss, RSA_PKCS1_PADDING: asPkcs1 } = constants

  test('with a salt of another length than the hash (RFC 7518, section 3.5)', () => {
    assert.equal(code(pss, { padding: asPss, saltLength: 32 }), 'none')
    for (const saltLength of [0, 20, 31, 33, constants.RSA_PSS_SALTLEN_MAX_SIGN])
      assert.equal(code(pss, { padding: asPss, saltLength }), 'signature_wrong')
  })

  test('[A7] with the padding or the hash of another algorithm, by the same key', () => {
    assert.equal(code(pkcs1, { padding: asPkcs1 }), 'none')
    assert.equal(code(pkcs1, { padding: asPss, saltLength: 32 }), 'signature_wrong')
    assert.equal(code(pss, { padding: asPkcs1 }), 'signature_wrong')
    assert.equal(code(pkcs1, { padding: asPkcs1 }, 'sha512'), 'signature_wrong')
  })
})
