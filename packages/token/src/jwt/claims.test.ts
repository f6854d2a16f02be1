import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf, ecKey, forge, goodClaims, headerFor, now, policyFor } from './forge.fixture.ts'
import type { Policy } from './policy.ts'
import { createVerifier } from './verifier.ts'

interface Row {
  readonly name: string
  /** The changes to valid claims, or a whole payload. */
  readonly change?: Readonly<Record<string, unknown>>
  readonly payload?: Readonly<Record<string, unknown>> | string
  readonly policy?: Partial<Policy>
  readonly code: string
}

const without = (name: string) =>
  Object.fromEntries(Object.entries(goodClaims).filter(([one]) => one !== name))
const exact: Partial<Policy> = { leeway: 0 }

const rows: readonly Row[] = [
  ...['iss', 'sub', 'aud', 'exp', 'iat', 'jti'].map((name) => ({
    name: `${name} is required`,
    payload: without(name),
    code: 'claim_missing',
  })),
  {
    name: 'a policy may require more claims',
    change: {},
    policy: { required: ['client_id'] },
    code: 'claim_missing',
  },
  {
    name: 'a policy may require fewer claims, but always iss, sub, aud and exp',
    payload: without('jti'),
    policy: { required: [] },
    code: 'none',
  },
  {
    name: 'maxAge makes iat required',
    payload: without('iat'),
    policy: { required: [], maxAge: 60 },
    code: 'claim_missing',
  },

  ...['', 7, null, {}, ['x']].map((sub) => ({
    name: `sub ${JSON.stringify(sub)} is malformed`,
    change: { sub },
    code: 'claim_malformed',
  })),
  ...['', 7, null, {}, ['x']].map((jti) => ({
    name: `jti ${JSON.stringify(jti)} is malformed`,
    change: { jti },
    code: 'claim_malformed',
  })),
  ...['', 7, null, ['https://issuer.example']].map((iss) => ({
    name: `[D27] iss ${JSON.stringify(iss)} is malformed`,
    change: { iss },
    code: 'claim_malformed',
  })),
  ...[
    'https://issuer.example/',
    'https://ISSUER.example',
    'https://issuer',
    'https://issuer.example.evil',
  ].map((iss) => ({
    name: `[D27] iss ${iss} is another issuer`,
    change: { iss },
    code: 'issuer_wrong',
  })),

  ...[[], '', 7, null, {}, ['api', 7], [['api']], ['']].map((aud) => ({
    name: `[D26] aud ${JSON.stringify(aud)} is malformed`,
    change: { aud },
    code: 'claim_malformed',
  })),
  ...['ap', 'api2', 'API', '.*', ['x', 'y']].map((aud) => ({
    name: `[D26] aud ${JSON.stringify(aud)} is another audience`,
    change: { aud },
    code: 'audience_wrong',
  })),
  { name: 'aud may name us among others', change: { aud: ['x', 'api'] }, code: 'none' },
  {
    name: 'we may have several names',
    change: {},
    policy: { audience: ['web', 'api'] },
    code: 'none',
  },

  ...['exp', 'nbf', 'iat'].flatMap((claim) => [
    ...[String(now), null, -1, 2 ** 53, {}, true].map((value) => ({
      name: `[D28] ${claim} ${JSON.stringify(value)} is malformed`,
      change: { [claim]: value },
      code: 'claim_malformed',
    })),
    {
      name: `[D28] ${claim} 1e400 is malformed`,
      payload: JSON.stringify({ ...goodClaims, [claim]: 0 }).replace(
        `"${claim}":0`,
        `"${claim}":1e400`,
      ),
      code: 'claim_malformed',
    },
  ]),

  {
    name: 'at exp the token has expired',
    change: { iat: now - 60, exp: now },
    policy: exact,
    code: 'token_expired',
  },
  {
    name: 'a moment before exp it has not expired',
    change: { iat: now - 60, exp: now + 0.5 },
    policy: exact,
    code: 'none',
  },
  { name: 'the leeway applies to exp: 4 s', change: { iat: now - 60, exp: now - 4 }, code: 'none' },
  {
    name: 'the leeway of exp ends after 5 s',
    change: { iat: now - 60, exp: now - 5 },
    code: 'token_expired',
  },
  { name: 'at nbf the token is valid', change: { nbf: now }, policy: exact, code: 'none' },
  {
    name: 'before nbf it is not valid',
    change: { nbf: now + 1 },
    policy: exact,
    code: 'token_not_yet_valid',
  },
  { name: 'the leeway applies to nbf', change: { nbf: now + 5 }, code: 'none' },
  { name: 'the leeway of nbf ends', change: { nbf: now + 6 }, code: 'token_not_yet_valid' },
  {
    name: 'an iat in the next second is in the future',
    change: { iat: now + 1 },
    policy: exact,
    code: 'token_issued_in_future',
  },
  { name: 'the leeway applies to iat', change: { iat: now + 5 }, code: 'none' },
  { name: 'the leeway of iat ends', change: { iat: now + 6 }, code: 'token_issued_in_future' },
  { name: 'a lifetime of one day is accepted', change: { exp: now + 86_400 }, code: 'none' },
  {
    name: '[D28] the largest safe integer is a valid time, but too late',
    change: { exp: Number.MAX_SAFE_INTEGER },
    code: 'token_lifetime_too_long',
  },
  {
    name: 'a longer lifetime is not',
    change: { exp: now + 86_401 },
    code: 'token_lifetime_too_long',
  },
  {
    name: 'the maximum lifetime can be lowered',
    change: {},
    policy: { maxLifetime: 59 },
    code: 'token_lifetime_too_long',
  },
  {
    name: 'within maxAge it is accepted',
    change: { iat: now - 65 },
    policy: { maxAge: 60 },
    code: 'none',
  },
  {
    name: 'beyond maxAge it is too old',
    change: { iat: now - 66 },
    policy: { maxAge: 60 },
    code: 'token_too_old',
  },
  {
    name: 'an exp of 0 is long ago, not missing',
    change: { iat: 0, exp: 0 },
    code: 'token_expired',
  },
  {
    name: 'the issuer is checked before the times: an expired token of another issuer fails with issuer_wrong',
    change: { iss: 'x', exp: 1, iat: 0 },
    code: 'issuer_wrong',
  },
]

for (const { name, change, payload = { ...goodClaims, ...change }, policy, code } of rows) {
  test(name, () => {
    const verifier = createVerifier(policyFor(ecKey, policy))
    assert.equal(
      codeOf(() => verifier.verify(forge(ecKey, headerFor(ecKey), payload))),
      code,
    )
  })
}
