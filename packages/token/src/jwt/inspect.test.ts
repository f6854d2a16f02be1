import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf, ecKey, forge, goodClaims, headerFor } from './forge.fixture.ts'
import { inspect } from './inspect.ts'

test('a token is decoded without being verified', () => {
  const token = forge(ecKey, { ...headerFor(ecKey), extra: 1 }, { ...goodClaims, exp: 0 })
  const seen = inspect(`${token.slice(0, -8)}AAAAAAAA`)
  assert.equal(seen.verified, false)
  assert.equal(seen.header['extra'], 1)
  assert.equal(seen.claims.exp, 0)
})

test('a malformed token fails with the code of the malformed part', () => {
  assert.equal(
    codeOf(() => inspect('x')),
    'token_malformed',
  )
  assert.equal(
    codeOf(() => inspect('a.b.c.d.e')),
    'token_encrypted',
  )
  assert.equal(
    codeOf(() => inspect(forge(ecKey, '[]'))),
    'header_malformed',
  )
  assert.equal(
    codeOf(() => inspect(forge(ecKey, headerFor(ecKey), '[]'))),
    'claims_malformed',
  )
})
