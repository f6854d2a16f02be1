import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UpstreamUser } from './identity-provider.ts'
import { acceptableEmailOf, judgeDomain, labelOf, suggestedNameOf } from './new-user.ts'

const userOf = (suggestedName: string | null, verifiedEmail: string | null): UpstreamUser => {
  return { issuer: 'https://provider.example', subject: 's', suggestedName, verifiedEmail }
}

test('a new user has the name that the provider suggests, if it is a name', () => {
  const rows: readonly (readonly [string | null, string | null, string])[] = [
    ['ada', 'lovelace@example.com', 'ada'],
    [' ada ', null, 'ada'],
    [null, 'lovelace@example.com', 'lovelace'],
    ['ada@example.com', null, 'user'], // would look like a verified address
    ['a\u0000b', null, 'user'],
    ['\u200b', 'lovelace@example.com', 'lovelace'],
    ['x'.repeat(65), null, 'user'],
    [null, null, 'user'],
  ]
  for (const [name, email, expected] of rows)
    assert.equal(suggestedNameOf(userOf(name, email)), expected, `${name}, ${email}`)
})

test('[24.76] text of a provider that no one could read, or that no database stores, is not kept', () => {
  assert.equal(labelOf(userOf('ada', 'ada@example.com')), 'ada@example.com')
  assert.equal(labelOf(userOf('ada', null)), 'ada')
  for (const text of ['a\u0000b', '\ud800', '\u202eada', 'x'.repeat(300), '']) {
    assert.equal(labelOf(userOf(text, `${text}@example.com`)), null, JSON.stringify(text))
    assert.equal(acceptableEmailOf(userOf(text, `${text}@example.com`)), null)
  }
})

test('[24.77] with domains in the settings, only a verified address of exactly one of them is admitted', () => {
  const policy = { emailDomains: ['example.com'] }
  for (const email of ['ada@example.com', 'ADA@EXAMPLE.COM'])
    assert.equal(judgeDomain(policy, userOf(null, email)), 'admitted', email)
  const refused = [
    null,
    '',
    'example.com',
    '@example.com',
    'ada@evil.example',
    'ada@example.com.evil.example',
  ]
  const odd = [
    'ada@notexample.com',
    'ada@sub.example.com',
    'ada@evil.example@example.com',
    'ada@example.com\u0000',
  ]
  for (const email of [...refused, ...odd])
    assert.equal(judgeDomain(policy, userOf(null, email)), 'provider_domain_refused', String(email))
  assert.equal(judgeDomain({ emailDomains: [] }, userOf(null, null)), 'admitted')
})
