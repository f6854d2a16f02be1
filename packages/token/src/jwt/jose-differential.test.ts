import {
  anything,
  assert as check,
  asyncProperty,
  constantFrom,
  dictionary,
  oneof,
  record,
  string,
} from 'fast-check'
import { jwtVerify, type JWTVerifyOptions } from 'jose'
import { repetitions } from '@countersign/testing/proofs'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { corpus, parties } from '@countersign/testing/corpus'
import { codeOf, ecKey, forge, hmacKey, now, policyFor } from './forge.fixture.ts'
import type { SigningKey } from '../jwk/key.ts'
import { createVerifier } from './verifier.ts'

/** The tokens that jose accepts, with options as close to our defaults as possible, and we reject: exactly these, each on purpose. */
const stricterThanJose = [
  'sub as a number',
  'sub empty',
  'sub null',
  'jti as a number',
  'jti empty',
  'aud as a list with a number',
  'aud as a list with an empty text',
  'exp in ten years',
  'exp huge',
  'exp infinite',
  'iat negative',
  'iat in the future',
  'a claim twice',
  'a claim twice, once escaped',
  'a claim twice, deep inside',
  'claims with a byte order mark',
  'claims nested 100 deep',
  'claims with 1,000 members',
  '9,000 characters',
  'a header member twice',
  'crit with b64',
  'kid as a number',
  'kid unknown',
  'padding after the signature',
  'a blank inside the signature',
  'a line break at the end',
  'spare bits in the signature',
]

const options = (key: SigningKey): JWTVerifyOptions => ({
  issuer: parties.iss,
  audience: parties.aud,
  algorithms: [key.algorithm],
  typ: 'at+jwt',
  requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti'],
  clockTolerance: 5,
  currentDate: new Date(now * 1000),
})

async function joseClaims(key: SigningKey, token: string): Promise<object | undefined> {
  try {
    return (await jwtVerify(token, key.key, options(key))).payload
  } catch {
    return undefined
  }
}

for (const key of [ecKey, hmacKey]) {
  suite(`beside jose, ${key.algorithm}`, () => {
    const verifier = createVerifier(policyFor(key))
    const specimens = corpus(key, now)

    test('jose accepts what we accept, with the same claims', async () => {
      let accepted = 0
      for (const { name, token } of specimens) {
        if (codeOf(() => verifier.verify(token)) !== 'none') continue
        accepted++
        assert.deepEqual({ ...verifier.verify(token).claims }, await joseClaims(key, token), name)
      }
      assert.ok(accepted > 5)
    })

    test('jose accepts beyond that exactly the intended list', async () => {
      const laxer: string[] = []
      for (const { name, token } of specimens) {
        const refused = codeOf(() => verifier.verify(token)) !== 'none'
        if (refused && (await joseClaims(key, token))) laxer.push(name)
      }
      assert.deepEqual(laxer.toSorted(), stricterThanJose.toSorted())
    })
  })
}

test('for any signed token: if we accept it, jose accepts it with the same claims', async () => {
  const value = oneof(
    constantFrom<unknown>(parties.iss, 'api', now, now + 60, 'at+jwt', 'ES256'),
    anything(),
  )
  const edits = record({
    header: dictionary(constantFrom('alg', 'typ', 'kid', 'crit', 'x'), value, { maxKeys: 2 }),
    claims: dictionary(
      oneof(constantFrom('iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'), string()),
      value,
      { maxKeys: 3 },
    ),
  })
  const verifier = createVerifier(policyFor(hmacKey))
  let accepted = 0
  await check(
    asyncProperty(edits, async ({ header, claims }) => {
      const good = { ...parties, sub: 'ada', iat: now, exp: now + 60, jti: 'one' }
      const token = forge(
        hmacKey,
        JSON.stringify({ alg: 'HS256', typ: 'at+jwt', kid: hmacKey.id, ...header }, printable),
        JSON.stringify({ ...good, ...claims }, printable),
      )
      if (codeOf(() => verifier.verify(token)) !== 'none') return
      accepted++
      const theirs = await joseClaims(hmacKey, token)
      assert.equal(JSON.stringify(verifier.verify(token).claims), JSON.stringify(theirs))
    }),
    { numRuns: repetitions({ short: 1000, long: 4000 }) },
  )
  assert.ok(accepted > 50, `only ${accepted} were accepted, too few to mean anything`)
})

/** Replaces bigints, which JSON does not have. */
function printable(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
