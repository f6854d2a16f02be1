import { array, assert as check, integer, property } from 'fast-check'
import { importJWK, jwtVerify, SignJWT } from 'jose'
import { repetitions } from '@countersign/testing/proofs'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { algorithms, isSecretAlgorithm, type Algorithm } from '../jws/algorithms.ts'
import { codeOf, goodClaims, hasMlDsa, now, policyFor } from './forge.fixture.ts'
import { exportPrivateJwk, exportPublicJwk } from '../jwk/export-key.ts'
import { importPrivateKey, importPublicKey } from '../jwk/import-key.ts'
import { generateKey, type SigningKey } from '../jwk/key.ts'
import { localKeySet, toJwks } from '../jwks/key-set.ts'
import { createSigner } from './signer.ts'
import { fixedClock } from '../testing.ts'
import { createVerifier } from './verifier.ts'

const { iss: issuer, aud } = goodClaims
const table = Object.keys(algorithms) as readonly Algorithm[]
const names = table.filter((name) => hasMlDsa || algorithms[name].kty !== 'AKP')
const keys = new Map<Algorithm, SigningKey>(names.map((name) => [name, generateKey(name)]))
const keyOf = (name: Algorithm) => keys.get(name)!
const sign = (key: SigningKey) =>
  createSigner({ key, issuer, lifetime: 60, clock: fixedClock(now) }).sign({ sub: 'ada', aud })
const joseKey = async (key: SigningKey, part: 'public' | 'private') =>
  isSecretAlgorithm(key.algorithm)
    ? key.key.export()
    : importJWK(
        { ...(part === 'public' ? exportPublicJwk(key) : exportPrivateJwk(key)) } as never,
        key.algorithm,
      )

for (const name of names) {
  suite(`the algorithm ${name}`, () => {
    const key = keyOf(name)
    const token = sign(key)
    const verifier = createVerifier(policyFor(key, { maxLength: 16_384 }))

    test('a signed token verifies, and a change anywhere in it is rejected', () => {
      assert.equal(verifier.verify(token).claims.sub, 'ada')
      const places = array(integer({ min: 0, max: token.length - 1 }), {
        minLength: 1,
        maxLength: 3,
      })
      check(
        property(places, (ats) => {
          const letters = [...token]
          for (const at of new Set(ats)) letters[at] = letters[at] === 'A' ? 'B' : 'A'
          assert.notEqual(
            codeOf(() => verifier.verify(letters.join(''))),
            'none',
          )
        }),
        { numRuns: repetitions({ short: 50, long: 200 }) },
      )
    })

    test('jose verifies our tokens, and we verify tokens that jose signs', async () => {
      const options = {
        issuer,
        audience: aud,
        algorithms: [name],
        typ: 'at+jwt',
        currentDate: new Date(now * 1000),
      }
      const { payload } = await jwtVerify(token, await joseKey(key, 'public'), options)
      assert.equal(payload.sub, 'ada')
      const theirs = await new SignJWT({ ...goodClaims })
        .setProtectedHeader({ alg: name, typ: 'at+jwt', kid: key.id })
        .sign(await joseKey(key, 'private'))
      assert.equal(verifier.verify(theirs).claims.sub, 'ada')
    })

    test('[A7] no key of another algorithm verifies it, whatever the header says', () => {
      for (const other of names) {
        if (other === name) continue
        const all = createVerifier(
          policyFor(keyOf(other), { algorithms: names, maxLength: 16_384 }),
        )
        assert.equal(
          codeOf(() => all.verify(token)),
          'key_unknown',
        )
        const relabelled = {
          ...policyFor(keyOf(other)),
          keys: { find: () => keyOf(other) },
          algorithms: names,
          maxLength: 16_384,
        }
        assert.equal(
          codeOf(() => createVerifier(relabelled).verify(token)),
          'key_algorithm_wrong',
        )
      }
    })

    if (isSecretAlgorithm(name)) return

    test('a key keeps its id when exported and imported as JWK, PEM and key set', () => {
      const pem = key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
      const spki = key.key.export({ type: 'spki', format: 'pem' }).toString()
      const again = [importPrivateKey(exportPrivateJwk(key), name), importPrivateKey(pem, name)]
      for (const one of again) assert.equal(verifier.verify(sign(one)).keyId, key.id)
      for (const one of [
        ...again,
        importPublicKey(exportPublicJwk(key), name),
        importPublicKey(spki, name),
      ]) {
        assert.equal(one.id, key.id)
        assert.deepEqual(exportPublicJwk(one), exportPublicJwk(key))
      }
      const published = createVerifier(
        policyFor(key, { keys: localKeySet(toJwks([key])), maxLength: 16_384 }),
      )
      assert.equal(published.verify(token).keyId, key.id)
    })

    test('no private member is published', () => {
      const allowed = new Set(['kty', 'crv', 'x', 'y', 'n', 'e', 'pub', 'alg', 'kid', 'use'])
      for (const member of Object.keys(exportPublicJwk(key))) assert.ok(allowed.has(member), member)
      assert.equal(
        codeOf(() => importPublicKey(exportPrivateJwk(key), name)),
        'key_invalid',
      )
    })

    test('[A7, A10] a key of another type, or the halves of two keys, are rejected', () => {
      const own = exportPrivateJwk(key)
      const other = exportPrivateJwk(generateKey(name))
      const mixed = { ...other, x: own.x, y: own.y, n: own.n, pub: own.pub }
      const defined = Object.fromEntries(
        Object.entries(mixed).filter(([, value]) => value !== undefined),
      )
      assert.equal(
        codeOf(() => importPrivateKey(defined as never, name)),
        'key_invalid',
      )
      for (const foreign of names) {
        if (foreign === name || isSecretAlgorithm(foreign)) continue
        assert.equal(
          codeOf(() => importPublicKey(exportPublicJwk(keyOf(foreign)), name)),
          'key_invalid',
          foreign,
        )
      }
    })
  })
}

test('ML-DSA is available from Node 24.6 on; before, its keys fail with algorithm_unavailable', () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  assert.equal(hasMlDsa, major > 24 || (major === 24 && minor >= 6))
  const code = hasMlDsa ? 'none' : 'algorithm_unavailable'
  for (const name of ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const) {
    assert.equal(
      codeOf(() => generateKey(name)),
      code,
    )
    const pub = Buffer.alloc(algorithms[name].publicBytes).toString('base64url')
    assert.equal(
      codeOf(() => importPublicKey({ kty: 'AKP', alg: name, pub }, name)),
      code,
    )
  }
})

test('[A5] a secret is at least as long as its hash', () => {
  for (const [name, bytes] of [
    ['HS256', 32],
    ['HS384', 48],
    ['HS512', 64],
  ] as const) {
    assert.equal(keyOf(name).key.symmetricKeySize, bytes)
  }
})

test('Ed25519 and EdDSA are two names of one algorithm', () => {
  const key = keyOf('EdDSA')
  const [, payload = '', signature = ''] = sign(key).split('.')
  const header = Buffer.from(
    JSON.stringify({ alg: 'Ed25519', typ: 'at+jwt', kid: key.id }),
  ).toString('base64url')
  const verifier = createVerifier(policyFor(key))
  assert.equal(
    codeOf(() => verifier.verify(`${header}.${payload}.${signature}`)),
    'signature_wrong',
    'read, and checked as signed',
  )
  assert.equal(
    importPublicKey({ ...exportPublicJwk(key), alg: 'Ed25519' }, 'EdDSA').algorithm,
    'EdDSA',
  )
})
