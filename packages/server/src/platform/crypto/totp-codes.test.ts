import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '../../domain/kernel/secret.ts'
import { systemRandom } from './random.ts'
import { totpCodes } from './totp-codes.ts'

const secret = new Secret('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ') // '12345678901234567890' (RFC 6238, appendix B)

/** The last six digits of the values of RFC 6238, appendix B, for SHA-1. */
const vectors = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
] as const

test('the codes of RFC 6238 are accepted, in their step and in the next and the previous one', () => {
  for (const [at, code] of vectors) {
    const step = Math.floor(at / 30)
    const found = (now: number) => totpCodes.stepOf(secret, new Secret(code), now)
    assert.deepEqual([at - 30, at, at + 30].map(found), [step, step, step])
    assert.deepEqual([at - 61, at + 61].map(found), [undefined, undefined])
  }
})

test('a wrong code, and one of another length, are of no step', () => {
  for (const code of ['287083', '28708', '2870822', '', '２８７０８２'])
    assert.equal(totpCodes.stepOf(secret, new Secret(code), 59), undefined)
})

test('a new secret has 160 bits, and its URI names service and user', () => {
  const made = totpCodes.newSecret(systemRandom)
  assert.match(made.reveal(), /^[A-Z2-7]{32}$/)
  assert.notEqual(totpCodes.newSecret(systemRandom).reveal(), made.reveal())
  const uri = new URL(
    totpCodes.uriOf(made, { service: 'auth.example.com', user: 'ada & co' }).reveal(),
  )
  assert.equal(uri.protocol, 'otpauth:')
  assert.match(decodeURIComponent(uri.href), /totp\/auth\.example\.com:ada & co\?/)
  assert.equal(uri.searchParams.get('secret'), made.reveal())
  assert.equal(uri.searchParams.get('issuer'), 'auth.example.com')
})
