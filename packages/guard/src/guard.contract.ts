import { createSigner, createVerifier, generateKey, localKeySet } from '@countersign/token'
import { fixedClock } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createGuard, type Guard, type Need } from './index.ts'

/** Puts a guard in front of a route that answers `{ subject }`, in one framework; returns how to ask it. */
export type Protect = (guard: Guard, need?: Need) => (request: Request) => Promise<Response>

const now = 1_800_000_000
const issuer = 'https://issuer.example'
const clock = fixedClock(now)
const key = generateKey('ES256')
const verifier = createVerifier({
  issuer,
  audience: 'api',
  algorithms: ['ES256'],
  keys: localKeySet([key]),
  clock,
})
const sign = (claims: object, at = now, from = key) =>
  createSigner({ key: from, issuer, lifetime: 60, clock: fixedClock(at) }).sign({
    sub: 'ada',
    aud: 'api',
    ...claims,
  })

interface Row {
  readonly name: string
  readonly header?: string
  readonly path?: string
  readonly need?: Need
  readonly missingStatus?: 403
  readonly status: number
  readonly code?: string
  readonly challenge?: string | null
}

const good = sign({ scope: 'notes:read notes:write' })
const invalid = 'Bearer error="invalid_token", error_description="Invalid token!"'

/** THE table: what a caller sends, and what a guard answers, whatever the framework. */
const rows: readonly Row[] = [
  { name: 'a good token passes', header: `Bearer ${good}`, status: 200 },
  { name: 'the scheme may be written in any case', header: `bEARER ${good}`, status: 200 },
  { name: 'several blanks may follow the scheme', header: `Bearer   ${good}`, status: 200 },
  {
    name: 'a token with every scope passes',
    header: `Bearer ${good}`,
    need: { scopes: ['notes:read'] },
    status: 200,
  },
  {
    name: 'no token is 401 with a bare challenge',
    status: 401,
    code: 'token_missing',
    challenge: 'Bearer',
  },
  {
    name: 'no token is 403 where the application says so',
    missingStatus: 403,
    status: 403,
    code: 'token_missing',
    challenge: 'Bearer',
  },
  { name: 'an empty header is no token', header: '', status: 401, code: 'token_missing' },
  {
    name: 'another scheme is no token',
    header: 'Basic YWRhOnB3',
    status: 401,
    code: 'token_missing',
  },
  {
    name: 'a scheme that only begins with Bearer is another scheme',
    header: `Bearerish ${good}`,
    status: 401,
    code: 'token_missing',
  },
  {
    name: 'a token in the query is not seen',
    path: `/?access_token=${good}`,
    status: 401,
    code: 'token_missing',
  },
  {
    name: 'the scheme alone is malformed',
    header: 'Bearer',
    status: 400,
    code: 'authorization_malformed',
  },
  {
    name: '[C24] two words are malformed',
    header: `Bearer ${good} more`,
    status: 400,
    code: 'authorization_malformed',
  },
  {
    name: '[C24] two tokens are malformed',
    header: `Bearer ${good}, Bearer ${good}`,
    status: 400,
    code: 'authorization_malformed',
  },
  {
    name: 'an expired token is told apart',
    header: `Bearer ${sign({}, now - 3600)}`,
    status: 401,
    code: 'token_expired',
    challenge: 'Bearer error="invalid_token", error_description="Token has expired!"',
  },
  {
    name: 'a token of another audience is invalid and no more is said',
    header: `Bearer ${sign({ aud: 'other' })}`,
    status: 401,
    code: 'token_invalid',
    challenge: invalid,
  },
  {
    name: 'a token of another key is invalid',
    header: `Bearer ${sign({}, now, generateKey('ES256'))}`,
    status: 401,
    code: 'token_invalid',
    challenge: invalid,
  },
  {
    name: 'a token from the future is invalid',
    header: `Bearer ${sign({}, now + 600)}`,
    status: 401,
    code: 'token_invalid',
    challenge: invalid,
  },
  {
    name: 'junk is invalid',
    header: 'Bearer x',
    status: 401,
    code: 'token_invalid',
    challenge: invalid,
  },
  {
    name: '[C24] letters beyond ASCII are invalid',
    header: 'Bearer \u00e9.\u00e9.\u00e9',
    status: 401,
    code: 'token_invalid',
    challenge: invalid,
  },
  {
    name: 'a missing scope is 403 and the challenge names it',
    header: `Bearer ${good}`,
    need: { scopes: ['notes:read', 'notes:delete'] },
    status: 403,
    code: 'scope_missing',
    challenge:
      'Bearer error="insufficient_scope", error_description="The token does not carry the scope that this route needs", scope="notes:read notes:delete"',
  },
]

/** Runs the table against one adapter. */
export function guardContract(adapter: string, protect: Protect): void {
  suite(`the guard contract: ${adapter}`, () => {
    for (const { name, header, path = '/', need, missingStatus, status, code, challenge } of rows) {
      test(name, async () => {
        const guard = createGuard({
          verifier,
          ...(missingStatus === undefined ? {} : { missingStatus }),
        })
        const headers: Record<string, string> =
          header === undefined ? {} : { authorization: header }
        const response = await protect(
          guard,
          need,
        )(new Request(`http://localhost${path}`, { headers }))
        assert.equal(response.status, status)
        const body = (await response.json()) as Record<string, unknown>
        if (code === undefined) {
          assert.deepEqual(body, { subject: 'ada' })
          return
        }
        assert.equal(body['code'], code)
        assert.equal(body['status'], status)
        assert.equal(response.headers.get('content-type'), 'application/problem+json')
        assert.equal(response.headers.get('cache-control'), 'no-store')
        if (challenge !== undefined)
          assert.equal(response.headers.get('www-authenticate'), challenge)
        assert.ok(!JSON.stringify(body).includes(good), 'the token is never sent back')
      })
    }
  })
}
