import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseHeader, splitCompact, verifySignature } from './jws.ts'
import type { PrivateJwk } from './jwk.ts'
import { importPrivateKey, importSecret } from './key.ts'

const vectors = JSON.parse(
  readFileSync(new URL('../../../vectors/rfc7515.json', import.meta.url), 'utf8'),
) as {
  readonly HS256: { readonly secret: string; readonly token: string }
  readonly ES256: { readonly jwk: PrivateJwk; readonly token: string }
}

test('the example of RFC 7515, appendix A.1, verifies', () => {
  const key = importSecret(Buffer.from(vectors.HS256.secret, 'base64url'), 'HS256')
  const parts = splitCompact(vectors.HS256.token)
  assert.deepEqual(parseHeader(parts.header), { alg: 'HS256', typ: 'JWT' })
  assert.ok(verifySignature(parts, key))
  assert.ok(!verifySignature({ ...parts, signed: Buffer.from(`${parts.signed}A`) }, key))
})

test('the example of RFC 7515, appendix A.3, verifies', () => {
  const key = importPrivateKey(vectors.ES256.jwk, 'ES256')
  const parts = splitCompact(vectors.ES256.token)
  assert.deepEqual(parseHeader(parts.header), { alg: 'ES256' })
  assert.ok(verifySignature(parts, key))
  assert.ok(!verifySignature({ ...parts, signed: Buffer.from(`${parts.signed}A`) }, key))
})
