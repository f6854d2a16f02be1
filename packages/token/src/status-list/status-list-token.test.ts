import { getListFromStatusListJWT } from '@sd-jwt/jwt-status-list'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { codeOf, now } from '../jwt/forge.fixture.ts'
import { parseHeader, signCompact, encodeHeader } from '../jws/compact.ts'
import { importPublicKey } from '../jwk/import-key.ts'
import { generateKey, type SigningKey } from '../jwk/key.ts'
import { localKeySet } from '../jwks/key-set.ts'
import { createStatusList } from './status-list.ts'
import { createStatusListSigner, createStatusListVerifier } from './status-list-token.ts'
import { fixedClock, throwawayKey } from '../testing.ts'
import { inspect } from '../jwt/inspect.ts'
import type { JsonObject } from '../lib/json.ts'

const key = throwawayKey()
const issuer = 'https://issuer.example'
const uri = `${issuer}/status-lists/1`
const clock = fixedClock(now)
const signer = createStatusListSigner({ key, issuer, clock })
const verifierFor = (at = now) =>
  createStatusListVerifier({
    issuer,
    algorithms: ['ES256'],
    keys: localKeySet([key]),
    clock: fixedClock(at),
  })
const verifier = verifierFor()
const list = createStatusList(64)
list.set(3, 1)
const contents = { uri, list: list.encode(), lifetime: 3600, ttl: 300, seq: 41 }
const change = { uri, after: 41, seq: 43, indexes: [3, 60], lifetime: 15, keys: 'k1' }

/** Makes a properly signed token with any claims and type. */
const forge = (claims: JsonObject, typ: string, by: SigningKey = key) =>
  signCompact(encodeHeader({ alg: by.algorithm, typ, kid: by.id }), claims, by)
const listClaims = {
  iss: issuer,
  sub: uri,
  iat: now,
  exp: now + 60,
  status_list: list.encode(),
} as const
const changeClaims = {
  iss: issuer,
  sub: uri,
  iat: now,
  exp: now + 15,
  after: 1,
  seq: 2,
  idx: [3],
} as const

test("the draft's own Status List Token is accepted until it expires", () => {
  const { token, key: jwk } = JSON.parse(
    readFileSync(new URL('../../../../vectors/status-list.json', import.meta.url), 'utf8'),
  ) as { readonly token: string; readonly key: Parameters<typeof importPublicKey>[0] }
  const reader = (at: number) =>
    createStatusListVerifier({
      issuer: 'https://example.com',
      algorithms: ['ES256'],
      keys: localKeySet([importPublicKey(jwk, 'ES256')]),
      clock: fixedClock(at),
    })
  const address = 'https://example.com/statuslists/1'
  const read = reader(1_686_920_170).list(token, address)
  assert.equal(read.ttl, 43_200)
  assert.equal(read.expiresAt, 2_291_720_170)
  assert.deepEqual(
    Array.from({ length: 16 }, (_, at) => read.list.get(at)),
    [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1],
  )
  assert.equal(
    codeOf(() => reader(2_291_720_176).list(token, address)),
    'token_expired',
  )
})

test('signed contents are read back, in the form of the draft', () => {
  const token = signer.list(contents)
  const { header, claims } = inspect(token)
  assert.deepEqual(header, { alg: 'ES256', typ: 'statuslist+jwt', kid: key.id })
  assert.deepEqual(claims, {
    iss: issuer,
    sub: uri,
    iat: now,
    exp: now + 3600,
    ttl: 300,
    status_list: list.encode(),
    seq: 41,
  })
  const read = verifier.list(token, uri)
  assert.equal(read.list.get(3), 1)
  assert.equal(read.list.get(4), 0)
  assert.equal(read.seq, 41)
  assert.equal(getListFromStatusListJWT(token).getStatus(3), 1, 'another implementation reads it')

  const changed = verifier.change(signer.change(change), uri)
  assert.deepEqual(changed, {
    after: 41,
    seq: 43,
    indexes: [3, 60],
    issuedAt: now,
    expiresAt: now + 15,
    keys: 'k1',
  })
  const typ = parseHeader(signer.change(change).split('.')[0] ?? '').typ
  assert.equal(typ, 'statuslist-change+jwt')
})

test('a list of a million sessions with half of them revoked is accepted', () => {
  const large = createStatusList(2 ** 20)
  for (let at = 0; at < 2 ** 20; at++) if (Math.random() < 0.5) large.set(at, 1)
  const token = signer.list({ ...contents, list: large.encode() })
  const read = verifier.list(token, uri)
  for (const at of [0, 1, 77_777, 2 ** 20 - 1]) assert.equal(read.list.get(at), large.get(at))
})

suite('a list or change is rejected:', () => {
  const rows: readonly (readonly [string, string, string, (token: string) => unknown])[] = [
    ['a list as a change', signer.list(contents), 'token_type_wrong', asChange],
    ['a change as a list', signer.change(change), 'token_type_wrong', asList],
    ['an access token', forge(listClaims, 'at+jwt'), 'token_type_wrong', asList],
    ['a JWT of no type', forge(listClaims, 'JWT'), 'token_type_wrong', asList],
    ['another key', forge(listClaims, 'statuslist+jwt', generateKey('ES256')), 'key_unknown', asList],
    ['another list', forge({ ...listClaims, sub: `${uri}0` }, 'statuslist+jwt'), 'status_list_invalid', asList],
    ['a change of another list', forge({ ...changeClaims, sub: `${uri}0` }, 'statuslist-change+jwt'), 'status_list_invalid', asChange],
    ['another issuer', forge({ ...listClaims, iss: 'https://evil.example' }, 'statuslist+jwt'), 'status_list_invalid', asList],
    ['a change without an issuer', forge({ ...changeClaims, iss: undefined }, 'statuslist-change+jwt'), 'claim_missing', asChange],
    ['a list without an end', forge({ ...listClaims, exp: undefined }, 'statuslist+jwt'), 'claim_missing', asList],
    ['a change without an end', forge({ ...changeClaims, exp: undefined }, 'statuslist-change+jwt'), 'claim_missing', asChange],
    ['a list without a beginning', forge({ ...listClaims, iat: undefined }, 'statuslist+jwt'), 'claim_missing', asList],
    ['no list', forge({ ...listClaims, status_list: undefined }, 'statuslist+jwt'), 'claim_missing', asList],
    ['a list that is null', forge({ ...listClaims, status_list: null }, 'statuslist+jwt'), 'status_list_invalid', asList],
    ['a list of junk', forge({ ...listClaims, status_list: { bits: 1, lst: 'AAAA' } }, 'statuslist+jwt'), 'status_list_invalid', asList],
    ['a ttl of nothing', forge({ ...listClaims, ttl: 0 }, 'statuslist+jwt'), 'status_list_invalid', asList],
    ['a ttl in text', forge({ ...listClaims, ttl: '300' }, 'statuslist+jwt'), 'status_list_invalid', asList],
    ['a seq below zero', forge({ ...listClaims, seq: -1 }, 'statuslist+jwt'), 'status_list_invalid', asList],
    ['a change that goes back', forge({ ...changeClaims, after: 3 }, 'statuslist-change+jwt'), 'status_list_invalid', asChange],
    ['an index in text', forge({ ...changeClaims, idx: ['3'] }, 'statuslist-change+jwt'), 'status_list_invalid', asChange],
    ['an index below zero', forge({ ...changeClaims, idx: [-3] }, 'statuslist-change+jwt'), 'status_list_invalid', asChange],
    ['indexes that are no list', forge({ ...changeClaims, idx: 3 }, 'statuslist-change+jwt'), 'status_list_invalid', asChange],
    ['a change from the future', forge({ ...changeClaims, iat: now + 6 }, 'statuslist-change+jwt'), 'token_issued_in_future', asChange],
  ] // prettier-ignore
  for (const [name, token, code, read] of rows)
    test(name, () => {
      assert.equal(
        codeOf(() => read(token)),
        code,
      )
    })

  test('a recorded change that is replayed after its exp', () => {
    const token = signer.change(change)
    assert.ok(verifierFor(now + 19).change(token, uri))
    assert.equal(
      codeOf(() => verifierFor(now + 20).change(token, uri)),
      'token_expired',
    )
  })

  test('a list with a single changed character', () => {
    const token = signer.list(contents)
    for (let at = token.indexOf('.') + 1; at < token.length; at += 7) {
      const other = token[at] === 'A' ? 'B' : 'A'
      const changed = `${token.slice(0, at)}${other}${token.slice(at + 1)}`
      if (changed !== token) assert.ok(codeOf(() => verifier.list(changed, uri)))
    }
  })

  test('invalid contents are not signed', () => {
    for (const wrong of [{ ttl: 0 }, { lifetime: 0 }, { lifetime: Number.NaN }, { seq: -1 }])
      assert.equal(
        codeOf(() => signer.list({ ...contents, ...wrong })),
        'claims_unsignable',
      )
    for (const wrong of [{ after: 44 }, { seq: 0.5 }, { lifetime: 0 }])
      assert.equal(
        codeOf(() => signer.change({ ...change, ...wrong })),
        'claims_unsignable',
      )
  })
})

function asList(token: string) {
  return verifier.list(token, uri)
}

function asChange(token: string) {
  return verifier.change(token, uri)
}
