import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf, part } from '../jwt/forge.fixture.ts'
import { parseHeader } from './compact.ts'

test('a header is parsed into its known members only, and a missing member stays missing', () => {
  assert.deepEqual(
    parseHeader(part({ alg: 'ES256', typ: 'JWT', kid: 'one', cty: 'x', jku: 'y' })),
    {
      alg: 'ES256',
      typ: 'JWT',
      kid: 'one',
    },
  )
  assert.deepEqual(parseHeader(part({ alg: 'HS256' })), { alg: 'HS256' })
})

test('Ed25519 is read as EdDSA', () => {
  assert.deepEqual(parseHeader(part({ alg: 'Ed25519' })), { alg: 'EdDSA' })
})

test('[A1] a header with an unknown algorithm is rejected, whatever the policy', () => {
  for (const alg of ['none', '', 'RSA1_5', 'ES256K', 'toString'])
    assert.equal(
      codeOf(() => parseHeader(part({ alg }))),
      'algorithm_not_allowed',
    )
})

test('[B12] a kid of 256 characters is accepted, a longer lifetime is not', () => {
  const kid = 'x'.repeat(256)
  assert.equal(parseHeader(part({ alg: 'ES256', kid })).kid, kid)
  assert.equal(
    codeOf(() => parseHeader(part({ alg: 'ES256', kid: `${kid}x` }))),
    'header_malformed',
  )
})
