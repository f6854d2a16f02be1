import { repetitions } from '@countersign/testing/proofs'
import { array, assert as check, constantFrom, integer, property, stringMatching } from 'fast-check'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { exportPrivateJwk, exportPublicJwk } from '../jwk/export-key.ts'
import { generateKey } from '../jwk/key.ts'
import { sha256 } from '../lib/text-hash.ts'
import { createDpopNonces } from './dpop-nonce.ts'
import { judgeDpopProof, signDpopProof, type DpopCheck, type ExpectedProof } from './dpop-proof.ts'
import { ecKey, forge, hmacKey, now, part } from './forge.fixture.ts'

const jwk = exportPublicJwk(ecKey)
const { alg: _, kid: __, ...bare } = jwk
const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: bare }
const url = 'https://api.example/notes'
const accessToken = 'eyJhbGciOiJFUzI1NiJ9.e30.AAAA'
const claims = { jti: 'one', htm: 'GET', htu: url, iat: now, ath: sha256(accessToken) }
const expected: ExpectedProof = { method: 'GET', urls: [url], accessToken, thumbprint: ecKey.id }
const [nonce, former] = createDpopNonces('secret').at(now)

const proof = (head: object = {}, body: object = {}) =>
  forge(ecKey, { ...header, ...head }, { ...claims, ...body })
const judge = (text: string | undefined, more: Partial<ExpectedProof> = {}) =>
  judgeDpopProof(text, { ...expected, ...more }, now)
const outcomeOf = (text: string | undefined, more: Partial<ExpectedProof> = {}) => {
  const verdict = judge(text, more)
  return verdict.accepted ? 'accepted' : verdict.check
}
const good = proof()

test('[21.30] a proof is accepted with its key, and its id is that of its key and its jti', () => {
  const verdict = judge(good)
  assert.ok(verdict.accepted)
  assert.equal(verdict.thumbprint, ecKey.id)
  assert.equal(verdict.expiresAt, now + 61)
  const again = judge(proof({}, { iat: now + 1, htm: 'GET' }))
  assert.ok(again.accepted && again.id === verdict.id, 'a jti is used once for each key')
  const other = judge(proof({}, { jti: 'two' }))
  assert.ok(other.accepted && other.id !== verdict.id)
})

test('the proof of RFC 9449, figure 2, is accepted at its time, and its key has the thumbprint of section 6', () => {
  const text =
    'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg'
  const own = { method: 'POST', urls: ['https://server.example.com/token'] }
  const verdict = judgeDpopProof(text, own, 1_562_262_616)
  assert.ok(verdict.accepted)
  assert.equal(verdict.thumbprint, '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I')
})

const several = [good, good].join(', ')
const otherKey = exportPublicJwk(generateKey('ES256'))
const withoutJti = { ...claims, jti: undefined }
const rows: readonly (readonly [
  name: string,
  check: DpopCheck,
  text: string | undefined,
  more?: Partial<ExpectedProof>,
])[] = [
  ['no header', 'proof', undefined],
  ['an empty header', 'proof', ''],
  ['two headers', 'proof', several],
  ['text', 'proof', 'not a proof'],
  ['two parts', 'proof', good.slice(0, good.lastIndexOf('.'))],
  ['a JWE', 'proof', `${good}.AA.AA`],
  ['a proof of 9,000 characters', 'proof', proof({}, { more: 'x'.repeat(9_000) })],
  ['padding', 'proof', `${good}==`],
  ['a header with crit', 'proof', proof({ crit: ['exp'] })],
  [
    'two members of one name',
    'proof',
    forge(ecKey, `{"alg":"ES256",${JSON.stringify(header).slice(1)}`, claims),
  ],
  ['no typ', 'typ', proof({ typ: undefined })],
  ['an access token', 'typ', proof({ typ: 'at+jwt' })],
  ['typ JWT', 'typ', proof({ typ: 'JWT' })],
  ['no signature', 'alg', `${part({ ...header, alg: 'none' })}.${part(claims)}.`],
  ['a shared secret', 'alg', forge(hmacKey, { ...header, alg: 'HS256' }, claims)],
  ['an algorithm for quantum computers', 'alg', proof({ alg: 'ML-DSA-44' })],
  ['an unknown algorithm', 'alg', proof({ alg: 'ES256K' })],
  ['no key', 'jwk', proof({ jwk: undefined })],
  ['a key as text', 'jwk', proof({ jwk: JSON.stringify(bare) })],
  ['a private key', 'jwk', proof({ jwk: exportPrivateJwk(ecKey) })],
  ['a private member of another type', 'jwk', proof({ jwk: { ...bare, k: 'AA' } })],
  [
    'a shared key',
    'jwk',
    proof({ jwk: { kty: 'oct', k: part('a secret of 32 characters, or so') } }),
  ],
  ['a key for another algorithm', 'jwk', proof({ jwk: exportPublicJwk(generateKey('EdDSA')) })],
  ['a point that is not on the curve', 'jwk', proof({ jwk: { ...bare, y: bare.x } })],
  ['a key for encryption', 'jwk', proof({ jwk: { ...bare, use: 'enc' } })],
  ['the signature of another key', 'signature', proof({ jwk: otherKey })],
  ['no jti', 'claims', proof({}, withoutJti)],
  ['an empty jti', 'claims', proof({}, { jti: '' })],
  ['a jti that is a number', 'claims', proof({}, { jti: 7 })],
  ['no htm', 'claims', proof({}, { htm: undefined })],
  ['no htu', 'claims', proof({}, { htu: undefined })],
  ['no iat', 'claims', proof({}, { iat: undefined })],
  ['iat as text', 'claims', proof({}, { iat: String(now) })],
  ['claims that are a list', 'claims', forge(ecKey, header, [claims])],
  ['another method', 'htm', proof({}, { htm: 'POST' })],
  ['the method in lower case', 'htm', proof({}, { htm: 'get' })],
  ['another host', 'htu', proof({}, { htu: 'https://evil.example/notes' })],
  ['another scheme', 'htu', proof({}, { htu: 'http://api.example/notes' })],
  ['another port', 'htu', proof({}, { htu: 'https://api.example:8443/notes' })],
  ['another path', 'htu', proof({}, { htu: 'https://api.example/notes/' })],
  ['a path in other case', 'htu', proof({}, { htu: 'https://api.example/Notes' })],
  ['a user in the URL', 'htu', proof({}, { htu: 'https://ada@api.example/notes' })],
  ['a path alone', 'htu', proof({}, { htu: '/notes' })],
  ['an encoded slash', 'htu', proof({}, { htu: 'https://api.example%2Fnotes' })],
  ['no known URL', 'htu', good, { urls: [] }],
  ['an old proof', 'iat', proof({}, { iat: now - 61 })],
  ['a proof for later', 'iat', proof({}, { iat: now + 61 })],
  ['no ath', 'ath', proof({}, { ath: undefined })],
  ['the ath of another token', 'ath', good, { accessToken: `${accessToken}A` }],
  ['another key than the token has', 'jkt', good, { thumbprint: otherKey.kid ?? '' }],
  ['no nonce', 'nonce', good, { nonces: [nonce, former] }],
  ['a nonce of another server', 'nonce', proof({}, { nonce: 'x' }), { nonces: [nonce, former] }],
]

suite('[21.30] [OA.89, OA.90] a proof is refused', () => {
  for (const [name, expectedCheck, text, more] of rows)
    test(`with ${name}: ${expectedCheck}`, () => assert.equal(outcomeOf(text, more), expectedCheck))
})

test('[21.30] nothing of a proof may change', () => {
  const places = array(integer({ min: 0, max: good.length - 1 }), { minLength: 1, maxLength: 3 })
  check(
    property(places, (ats) => {
      const letters = [...good]
      for (const at of new Set(ats)) letters[at] = letters[at] === 'A' ? 'B' : 'A'
      assert.notEqual(outcomeOf(letters.join('')), 'accepted')
    }),
    { numRuns: repetitions({ short: 50, long: 1000 }) },
  )
})

test('a URL is compared without query and fragment, after normalization, and otherwise exactly', () => {
  const same = [
    'HTTPS://API.example/notes',
    'https://api.example:443/notes?page=2#top',
    'https://api.example/x/../notes',
    'https://api.example/%6eotes',
  ]
  for (const htu of same) assert.equal(outcomeOf(proof({}, { htu })), 'accepted', htu)
  const urls = ['https://api.example/a%2fb']
  assert.equal(outcomeOf(proof({}, { htu: 'https://api.example/a%2Fb' }), { urls }), 'accepted')
  assert.equal(outcomeOf(proof({}, { htu: 'https://api.example/a/b' }), { urls }), 'htu')
  const path = stringMatching(/^\/[\w/.~%-]{0,12}$/)
  check(
    property(path, path, constantFrom('', '?a=b', '#c', '?'), (one, two, more) => {
      const at = (text: string) => new URL(`https://api.example${text}`).href
      const verdict = outcomeOf(proof({}, { htu: at(one) + more }), { urls: [at(two)] })
      if (one === two) assert.equal(verdict, 'accepted')
      else if (!/[%.]|\/\//.test(one + two)) assert.equal(verdict, 'htu')
    }),
    { numRuns: repetitions({ short: 50, long: 1000 }) },
  )
})

test('a proof may name any of several URLs, and has a time within a minute', () => {
  const urls = ['https://other.example/notes', url]
  assert.equal(outcomeOf(good, { urls }), 'accepted')
  for (const iat of [now - 60, now + 60, now + 0.5])
    assert.equal(outcomeOf(proof({}, { iat })), 'accepted')
})

test('what signDpopProof makes is accepted, for its request alone', () => {
  const request = { method: 'GET', url: `${url}?page=2`, accessToken, nonce }
  const made = signDpopProof(ecKey, request, now)
  assert.equal(outcomeOf(made, { nonces: [nonce] }), 'accepted')
  assert.equal(outcomeOf(made, { method: 'POST' }), 'htm')
  assert.notEqual(made, signDpopProof(ecKey, request, now))
})

test('keys of every type sign proofs', () => {
  for (const algorithm of ['ES256', 'EdDSA'] as const) {
    const key = generateKey(algorithm)
    const head = { ...header, alg: algorithm, jwk: exportPublicJwk(key) }
    assert.equal(outcomeOf(forge(key, head, claims), { thumbprint: key.id }), 'accepted')
    const renamed = { ...head, alg: 'Ed25519' } // RFC 9864
    if (algorithm === 'EdDSA')
      assert.equal(outcomeOf(forge(key, renamed, claims), { thumbprint: key.id }), 'accepted')
  }
})

test('[21.31] a nonce is accepted for one to two minutes, by every process with the secret', () => {
  const ofOther = createDpopNonces('secret')
  const accepts = (at: number, one: string) =>
    outcomeOf(proof({}, { nonce: one }), { nonces: ofOther.at(at) }) === 'accepted'
  const start = Math.floor(now / 60) * 60
  const [given] = createDpopNonces('secret').at(start)
  for (const later of [0, 59, 60, 119]) assert.ok(accepts(start + later, given))
  for (const wrong of [-1, 120]) assert.ok(!accepts(start + wrong, given))
  assert.ok(!accepts(start, createDpopNonces('another').at(start)[0]))
})
