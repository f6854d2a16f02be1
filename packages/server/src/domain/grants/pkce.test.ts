import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assert as assertProperty, property, string } from 'fast-check'
import { isChallenge, judgePkce } from './pkce.ts'

test('[21.3] [OA.49] a verifier is right for the challenge of its hash, and for no other (RFC 7636, appendix B)', () => {
  const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
  const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
  assert.ok(judgePkce(verifier, challenge))
  assert.ok(!judgePkce(verifier, verifier), 'no plain challenge')
  for (const bad of [
    '',
    verifier.slice(1),
    `${verifier}=`,
    `${verifier} `,
    'ä'.repeat(43),
    'a'.repeat(129),
  ])
    assert.ok(!judgePkce(bad, challenge), bad)
  assertProperty(
    property(string({ minLength: 43, maxLength: 128 }), (other) => !judgePkce(other, challenge)),
  )
  assert.ok(isChallenge(challenge))
  for (const bad of ['', challenge.slice(1), `${challenge}=`, `${challenge.slice(1)}.`])
    assert.ok(!isChallenge(bad), bad)
})
