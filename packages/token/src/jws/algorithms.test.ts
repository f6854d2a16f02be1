import assert from 'node:assert/strict'
import { createHmac, createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { algorithms, publicAlgorithms } from './algorithms.ts'
import {
  codeOf,
  ecKey,
  forge,
  goodClaims,
  headerFor,
  part,
  policyFor,
} from '../jwt/forge.fixture.ts'
import { exportPublicJwk } from '../jwk/export-key.ts'
import { localKeySet } from '../jwks/key-set.ts'
import { createVerifier } from '../jwt/verifier.ts'

// Each key has exactly one algorithm; the header never chooses.
const verifier = createVerifier(policyFor(ecKey))
const header = headerFor(ecKey)
const good = forge(ecKey, header)
const codeFor = (token: string) => codeOf(() => verifier.verify(token))

test('[A1] alg none is rejected in every spelling, with or without a signature', () => {
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
      assert.equal(codeFor(token), 'algorithm_not_allowed', alg)
    }
  }
})

test('[A2] a token signed with the public key as an HMAC secret is rejected', () => {
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
    assert.equal(codeFor(`${signed}.${signature}`), 'algorithm_not_allowed')
    const both = createVerifier(policyFor(ecKey, { algorithms: ['ES256', 'HS256'] }))
    assert.equal(
      codeOf(() => both.verify(`${signed}.${signature}`)),
      'key_algorithm_wrong',
    )
  }
})

test('[A4] a key source that returns nothing, or a hand-made object, admits no token', () => {
  for (const found of [undefined, null, '', {}, Buffer.alloc(0), { ...ecKey }]) {
    const own = createVerifier(policyFor(ecKey, { keys: { find: () => found as never } }))
    assert.match(
      codeOf(() => own.verify(good)),
      /^key_(unknown|invalid)$/,
    )
  }
})

test('[A4] an empty secret in a key set is not a key', () => {
  for (const jwk of [
    { kty: 'oct', k: '' },
    { kty: 'oct', k: '', alg: 'HS256', kid: header.kid },
  ]) {
    const own = createVerifier(
      policyFor(ecKey, {
        algorithms: ['HS256'],
        keys: localKeySet({ keys: [jwk] } as unknown as Parameters<typeof localKeySet>[0]),
      }),
    )
    const signed = `${part({ ...header, alg: 'HS256' })}.${part(goodClaims)}`
    const code = createHmac('sha256', '').update(signed).digest('base64url')
    assert.equal(
      codeOf(() => own.verify(`${signed}.${code}`)),
      'key_unknown',
    )
  }
})

test('the public algorithms are all but those with a shared secret', () => {
  const named: readonly string[] = publicAlgorithms
  assert.deepEqual(
    Object.keys(algorithms).filter((name) => !named.includes(name)),
    ['HS256', 'HS384', 'HS512'],
  )
})
