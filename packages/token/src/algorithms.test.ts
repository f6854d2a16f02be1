import assert from 'node:assert/strict'
import { createHmac, createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { codeOf, ecKey, forge, goodClaims, headerFor, part, policyFor } from './forge.fixture.ts'
import { exportPublicJwk, generateKey } from './key.ts'
import { createVerifier } from './verifier.ts'

// One key has exactly one algorithm, and the header never chooses.
const verifier = createVerifier(policyFor(ecKey))
const header = headerFor(ecKey)
const good = forge(ecKey, header)
const refusal = (token: string) => codeOf(() => verifier.verify(token))

test('[A1] alg none is refused in every spelling, with a signature or without', () => {
  for (const alg of [
    'none',
    'None',
    'NONE',
    'nOnE',
    '',
    'hs256',
    'es256',
    'toString',
    '__proto__',
  ]) {
    for (const signature of ['', 'AAAA', good.split('.')[2]]) {
      const token = `${part({ ...header, alg })}.${part(goodClaims)}.${signature}`
      assert.equal(refusal(token), 'algorithm_not_allowed', alg)
    }
  }
})

test('[A2] the public key as an HMAC secret proves nothing', () => {
  const jwk = exportPublicJwk(ecKey)
  const pem = ecKey.key.export({ type: 'spki', format: 'pem' }).toString()
  const secrets = [
    pem,
    pem.trim(),
    ` ${pem}`,
    pem.replaceAll('\n', '\r\n'),
    JSON.stringify(jwk),
    ecKey.key.export({ type: 'spki', format: 'der' }),
  ]
  for (const secret of secrets) {
    const signed = `${part({ ...header, alg: 'HS256' })}.${part(goodClaims)}`
    const signature = createHmac('sha256', createSecretKey(Buffer.from(secret)))
      .update(signed)
      .digest('base64url')
    assert.equal(refusal(`${signed}.${signature}`), 'algorithm_not_allowed')
    const both = createVerifier(policyFor(ecKey, { algorithms: ['ES256', 'HS256'] }))
    assert.equal(
      codeOf(() => both.verify(`${signed}.${signature}`)),
      'key_algorithm_wrong',
    )
  }
})

test('[A4] a key source that finds nothing, or something handmade, lets nobody in', () => {
  for (const found of [undefined, null, '', {}, Buffer.alloc(0), { ...ecKey }]) {
    const own = createVerifier(policyFor(ecKey, { keys: { find: () => found as never } }))
    assert.match(
      codeOf(() => own.verify(good)),
      /^key_(unknown|invalid)$/,
    )
  }
})

test('[B11] keys and addresses in the header are never looked at', () => {
  const attacker = generateKey('ES256')
  const own = {
    ...header,
    jwk: exportPublicJwk(attacker),
    jku: 'https://evil.example/jwks',
    x5u: 'https://evil.example',
    x5c: ['AAAA'],
  }
  assert.equal(refusal(forge(attacker, own)), 'signature_wrong')
  assert.equal(refusal(forge(ecKey, own)), 'none')
})

test('[E32] a signature of another form is refused: zeros, DER, cut off, stretched', () => {
  const signed = good.slice(0, good.lastIndexOf('.'))
  for (const bytes of [
    Buffer.alloc(64),
    Buffer.alloc(0),
    Buffer.alloc(63, 1),
    Buffer.alloc(65, 1),
    Buffer.from('3045', 'hex'),
  ]) {
    assert.equal(refusal(`${signed}.${bytes.toString('base64url')}`), 'signature_wrong')
  }
})
