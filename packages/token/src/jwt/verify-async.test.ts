import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { isCountersignError } from '../lib/error.ts'
import {
  codeOf,
  ecKey,
  forge,
  goodClaims,
  headerFor,
  hmacKey,
  now,
  policyFor,
} from './forge.fixture.ts'
import { generateKey, type VerificationKey } from '../jwk/key.ts'
import { fixedClock } from '../testing.ts'
import { createVerifier, type Verifier } from './verifier.ts'

const header = headerFor(ecKey)
const good = forge(ecKey, header)

async function codeOfAsync(verifier: Verifier, token: string): Promise<string> {
  try {
    await verifier.verifyAsync(token)
    return 'none'
  } catch (error) {
    if (isCountersignError(error)) return error.code
    throw error
  }
}

suite('on the thread pool', () => {
  test('the result is the same as in place, for every kind of token', async () => {
    const tokens = [
      good,
      '',
      '..',
      'x'.repeat(9000),
      good.slice(0, -4),
      `${good}AAAA`,
      forge(generateKey('ES256'), header),
      forge(ecKey, { ...header, kid: 'x' }),
      forge(ecKey, { ...header, typ: 'JWT' }),
      forge(ecKey, header, '[]'),
      forge(ecKey, header, { ...goodClaims, aud: 'x' }),
      forge(ecKey, header, { ...goodClaims, exp: now - 60 }),
      undefined as never,
    ]
    for (const token of tokens) {
      const own = () => createVerifier(policyFor(ecKey))
      assert.equal(
        await codeOfAsync(own(), token),
        codeOf(() => own().verify(token)),
      )
    }
  })

  test('a valid token gives the same value as in place, for public keys and for a secret', async () => {
    for (const key of [ecKey, hmacKey, generateKey('RS256'), generateKey('EdDSA')]) {
      const token = forge(key, headerFor(key))
      const verifier = createVerifier(policyFor(key))
      const there = await verifier.verifyAsync(token)
      assert.deepEqual({ ...there.claims }, goodClaims)
      assert.equal(verifier.verify(token), there) // cached for both
    }
  })

  test('[B16] a key that is revoked while the signature is verified admits no token', async () => {
    for (const instead of [undefined, generateKey('ES256')]) {
      let found: VerificationKey | undefined = ecKey
      const verifier = createVerifier(policyFor(ecKey, { keys: { find: () => found } }))
      const under = codeOfAsync(verifier, good)
      found = instead
      assert.equal(await under, 'key_unknown')
    }
  })

  test('a token that expires while its signature is verified is rejected', async () => {
    const clock = fixedClock(now)
    const verifier = createVerifier(policyFor(ecKey, { clock }))
    const under = codeOfAsync(verifier, good)
    clock.advance(3600)
    assert.equal(await under, 'token_expired')
  })
})
