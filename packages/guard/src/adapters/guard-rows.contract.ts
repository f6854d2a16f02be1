import { createSigner, createVerifier, generateKey, localKeySet } from '@countersign/token'
import { dpopAlgorithms, type SignableClaims } from '@countersign/token/internal'
import { fixedClock } from '@countersign/token/testing'
import type { GuardOptions, RouteRequirements } from '../index.ts'

/** A request, and the answer of a guard in every framework. */
export interface Row {
  readonly name: string
  /** The guard's settings besides its issuer. */
  readonly settings?: Partial<GuardOptions>
  readonly optional?: true
  readonly requirements?: RouteRequirements
  readonly method?: string
  readonly path?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly status: number
  /** The subject of the principal; only if the request passes. */
  readonly subject?: string | null
  readonly code?: string
  readonly challenge?: string | undefined
  /** Other expected headers. */
  readonly answered?: Readonly<Record<string, string>>
  /** The body, if the application changes it. */
  readonly body?: Readonly<Record<string, unknown>>
}

/** The time of the table, its clock and its key. */
export const now = 1_800_000_000
export const clock = fixedClock(now)
const key = generateKey('ES256')
const [issuer, audience] = ['https://issuer.example', 'api']
const policyOf = (name: string) => ({
  issuer: name,
  audience,
  algorithms: ['ES256'] as const,
  keys: localKeySet([key]), // on purpose the same keys for several issuers
  clock,
})
/** The issuer that every row's guard trusts, unless its settings name others. */
export const verifier = createVerifier(policyOf(issuer))

interface Told {
  readonly at?: number
  readonly from?: typeof key
  readonly by?: string
  readonly type?: string
}
/** Signs a token of the table. */
export const sign = (
  claims: Partial<SignableClaims> = {},
  { at = now, from = key, by = issuer, type = 'at+jwt' }: Told = {},
) =>
  createSigner({ key: from, issuer: by, lifetime: 60, type, clock: fixedClock(at) }).sign({
    sub: 'ada',
    aud: audience,
    ...claims,
  })
const bearer = (token: string) => [['authorization', `Bearer ${token}`]] as const
/** A good token; no answer may contain it. */
export const good = sign({
  scope: 'notes:read notes:write',
  roles: ['editor'],
  amr: ['pwd', 'otp'],
  acr: 'gold',
  auth_time: now - 100,
})

const invalid = 'Bearer error="invalid_token", error_description="Invalid token!"'
const stepUp = (sentence: string) =>
  `Bearer error="insufficient_user_authentication", error_description="${sentence}"`
const weak = 'This route requires a stronger authentication method'
const old = 'This route requires a more recent sign-in'

const passes = (name: string, more: Partial<Row> = {}): Row => ({
  name,
  headers: bearer(good),
  status: 200,
  subject: 'ada',
  ...more,
})
const missing = (name: string, more: Partial<Row> = {}): Row => ({
  name,
  status: 401,
  code: 'token_missing',
  challenge: 'Bearer',
  ...more,
})
const malformed = (name: string, headers: Row['headers']): Row => ({
  name,
  ...(headers && { headers }),
  status: 400,
  code: 'authorization_malformed',
})
const refused = (name: string, token: string, more: Partial<Row> = {}): Row => ({
  name,
  headers: bearer(token),
  status: 401,
  code: 'token_invalid',
  challenge: invalid,
  ...more,
})

const headerRows: readonly Row[] = [
  passes('a good token passes'),
  passes('the case of the scheme does not matter', {
    headers: [['authorization', `bEARER ${good}`]],
  }),
  passes('several blanks may follow the scheme', {
    headers: [['authorization', `Bearer   ${good}`]],
  }),
  missing('[OA.125] no token is 401 with a bare challenge'),
  missing('no token is 403 if the application says so', {
    settings: { missingStatus: 403 },
    status: 403,
  }),
  missing('an empty header is no token', { headers: [['authorization', '']] }),
  missing('another scheme is no token', { headers: [['authorization', 'Basic YWRhOnB3']] }),
  missing('a scheme that only begins with Bearer is another scheme', {
    headers: [['authorization', `Bearerish ${good}`]],
  }),
  missing('a token in the query is ignored', { path: `/?access_token=${good}` }),
  missing('a cookie is ignored if the guard has none', {
    headers: [['cookie', `token=${good}`]],
  }),
  missing('the realm is named', {
    settings: { realm: 'notes' },
    challenge: 'Bearer realm="notes"',
  }),
  missing('the required scope is named, so that a client can request it', {
    requirements: { scopes: ['notes:read'] },
    challenge: 'Bearer scope="notes:read"',
  }),
  malformed('the scheme alone is malformed', [['authorization', 'Bearer']]),
  malformed('[C24] two words are malformed', [['authorization', `Bearer ${good} more`]]),
  malformed('[C24] two tokens in one header are malformed', [
    ['authorization', `Bearer ${good}, Bearer ${good}`],
  ]),
  malformed('[C24] [OA.124] two headers are malformed, even with the same token', [
    ...bearer(good),
    ...bearer(good),
  ]),
  malformed('a header of another scheme beside the token is malformed', [
    ['authorization', 'Basic YWRhOnB3'],
    ...bearer(good),
  ]),
]

const tokenRows: readonly Row[] = [
  refused('an expired token has a code of its own', sign({}, { at: now - 3600 }), {
    code: 'token_expired',
    challenge: 'Bearer error="invalid_token", error_description="Token has expired!"',
  }),
  refused('a token of another audience is invalid, without details', sign({ aud: 'other' })),
  refused('a token of another issuer is invalid', sign({}, { by: 'https://other.example' })),
  refused('a token of another key is invalid', sign({}, { from: generateKey('ES256') })),
  refused('a token of another type is invalid', sign({}, { type: 'JWT' })),
  refused('a token from the future is invalid', sign({}, { at: now + 600 })),
  refused(
    '[D29] a token that is bound to a key is no bearer token (RFC 9449)',
    sign({ cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } }),
    { challenge: `${invalid}, DPoP algs="${dpopAlgorithms.join(' ')}"` },
  ),
  refused(
    'nor is one that is bound to a certificate (RFC 8705)',
    sign({ cnf: { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' } }),
  ),
  refused('nor one with an unknown form of binding', sign({ cnf: 'somehow' })),
  refused('junk is invalid', 'x'),
  refused('[C24] letters beyond ASCII are invalid', '\u00e9.\u00e9.\u00e9'),
]

const needRows: readonly Row[] = [
  passes('a token with every scope, role and factor passes', {
    requirements: {
      scopes: ['notes:read'],
      roles: ['editor'],
      factors: ['otp'],
      acr: ['gold'],
      maxAge: 100,
    },
  }),
  refused('[OA.126] a missing scope is 403 and the challenge names it', good, {
    requirements: { scopes: ['notes:read', 'notes:delete'] },
    status: 403,
    code: 'scope_missing',
    challenge:
      'Bearer error="insufficient_scope", error_description="Insufficient scope: this route requires a scope that the token does not have", scope="notes:read notes:delete"',
  }),
  refused('a token that is not valid is 401 and the challenge names every scope', 'x', {
    settings: { resource: { url: 'https://api.example/notes' } },
    requirements: { scopes: ['notes:read', 'notes:delete'] },
    challenge:
      'Bearer error="invalid_token", error_description="Invalid token!", scope="notes:read notes:delete", resource_metadata="https://api.example/.well-known/oauth-protected-resource/notes"',
  }),
  refused('a missing role is 403', good, {
    requirements: { roles: ['admin'] },
    status: 403,
    code: 'role_missing',
    challenge:
      'Bearer error="insufficient_scope", error_description="Missing role: this route requires a role that the token does not have"',
  }),
  refused('a missing factor requires another sign-in (RFC 9470)', good, {
    requirements: { factors: ['hwk'] },
    code: 'factor_missing',
    challenge: stepUp(weak),
  }),
  refused('an assurance that is too low names the accepted ones (RFC 9470)', good, {
    requirements: { acr: ['platinum', 'diamond'] },
    code: 'factor_missing',
    challenge: `${stepUp(weak)}, acr_values="platinum diamond"`,
  }),
  refused('a sign-in that is too old says how recent it must be (RFC 9470)', good, {
    requirements: { maxAge: 99 },
    code: 'authentication_too_old',
    challenge: `${stepUp(old)}, max_age="99"`,
  }),
  refused('a token without auth_time is too old for any age', sign(), {
    requirements: { maxAge: 9999 },
    code: 'authentication_too_old',
    challenge: `${stepUp(old)}, max_age="9999"`,
  }),
]

const optionalRows: readonly Row[] = [
  passes('optional: without a token the request is anonymous', {
    optional: true,
    headers: [],
    subject: null,
  }),
  passes('optional: a good token has a principal', { optional: true }),
  refused('optional: a bad token is refused all the same', 'x', { optional: true }),
  {
    ...malformed('optional: a malformed header is refused', [['authorization', 'Bearer']]),
    optional: true,
  },
  refused('optional: a token that lacks the scope is refused', good, {
    optional: true,
    requirements: { scopes: ['admin'] },
    status: 403,
    code: 'scope_missing',
    challenge: undefined,
  }),
]

const cookie = { cookie: { name: '__Host-token', origins: ['https://app.example'] } }
const inCookie = (...more: readonly (readonly [string, string])[]) =>
  [['cookie', `theme=dark; __Host-token=${good}; x=y`], ...more] as const
const crossSite = (name: string, more: Partial<Row>): Row => ({
  name,
  settings: cookie,
  status: 403,
  code: 'request_cross_site',
  challenge: 'Bearer',
  ...more,
})
const byCookie = (name: string, more: Partial<Row> = {}): Row =>
  passes(name, { settings: cookie, headers: inCookie(), ...more })

const cookieRows: readonly Row[] = [
  byCookie('cookie: a request that reads may come from anywhere', {
    headers: inCookie(['sec-fetch-site', 'cross-site'], ['origin', 'https://evil.example']),
  }),
  byCookie('cookie: one that writes passes from the same origin', {
    method: 'POST',
    headers: inCookie(['sec-fetch-site', 'same-origin']),
  }),
  byCookie('cookie: one that writes passes from a listed origin', {
    method: 'POST',
    headers: inCookie(['sec-fetch-site', 'cross-site'], ['origin', 'https://app.example']),
  }),
  crossSite('cookie: one that writes is refused from another site', {
    method: 'POST',
    headers: inCookie(['sec-fetch-site', 'cross-site'], ['origin', 'https://evil.example']),
  }),
  crossSite('cookie: a neighbouring site is another site', {
    method: 'DELETE',
    headers: inCookie(['sec-fetch-site', 'same-site'], ['origin', 'https://evil.app.example']),
  }),
  crossSite('cookie: an older browser sends its origin, which must be this host', {
    method: 'POST',
    headers: inCookie(['origin', 'https://evil.example']),
  }),
  crossSite('cookie: an origin of null is another site', {
    method: 'POST',
    headers: inCookie(['origin', 'null']),
  }),
  crossSite('cookie: a request with neither header is refused', {
    method: 'POST',
    headers: inCookie(),
  }),
  {
    ...malformed('cookie: two of one name are malformed', [
      ['cookie', `__Host-token=${good}; __Host-token=x`],
    ]),
    settings: cookie,
  },
  missing('cookie: another name is no token', {
    settings: cookie,
    headers: [['cookie', `__host-token=${good}; token=${good}`]],
  }),
  missing('cookie: an empty one is no token', {
    settings: cookie,
    headers: [['cookie', '__Host-token=']],
  }),
  refused('cookie: the header takes precedence', 'x', {
    settings: cookie,
    headers: [...bearer('x'), ...inCookie()],
  }),
  passes('cookie: the header needs no origin', { settings: cookie, method: 'POST' }),
]

const otherIssuer = 'https://other.example'
const several = {
  verifier: undefined as never,
  issuers: [policyOf(issuer), { ...policyOf(otherIssuer), audience: 'other-api' }],
}
const issuerRows: readonly Row[] = [
  passes('several issuers: a token of the first passes', { settings: several }),
  passes('several issuers: a token of the second passes, by its own policy', {
    settings: several,
    headers: bearer(sign({ sub: 'bob', aud: 'other-api' }, { by: otherIssuer })),
    subject: 'bob',
  }),
  refused(
    '[B15] several issuers: the policy of one does not apply to another',
    sign({}, { by: otherIssuer }),
    { settings: several },
  ),
  refused('several issuers: an unlisted one is refused', sign({}, { by: 'https://evil.example' }), {
    settings: several,
  }),
  refused(
    'several issuers: an additional slash makes another issuer',
    sign({}, { by: `${issuer}/` }),
    {
      settings: several,
    },
  ),
  {
    name: 'an unreachable issuer is 503 and never a bad token',
    settings: {
      verifier: undefined as never,
      issuer,
      audience,
      fetch: () => Promise.reject(new TypeError('fetch failed')),
    } as Partial<GuardOptions>,
    headers: bearer(good),
    status: 503,
    code: 'issuer_unreachable',
    answered: { 'retry-after': '5' },
  },
]

const shapeRows: readonly Row[] = [
  missing('the application changes the answer, and the challenge stays', {
    settings: {
      onRefusal: ({ problem }) => ({
        status: 418,
        headers: { 'x-app': 'notes', 'content-type': 'application/json' },
        body: { error: problem.code },
      }),
    },
    status: 418,
    body: { error: 'token_missing' },
    answered: { 'x-app': 'notes', 'content-type': 'application/json' },
  }),
  missing('[OA.123] the challenge names the URL of the metadata (RFC 9728)', {
    settings: { resource: { url: 'https://api.example/notes' } },
    challenge:
      'Bearer resource_metadata="https://api.example/.well-known/oauth-protected-resource/notes"',
  }),
]

const uri = `${issuer}/status-lists/1`
const withStatus = (idx: number, more: Readonly<Record<string, unknown>> = {}) =>
  bearer(sign({ status: { status_list: { idx, uri, ...more } } }))
const statuses = ['good', 'revoked', 'unknown'] as const
const source = {
  statusOf: (list: string, index: number) =>
    (list === uri ? statuses[index] : undefined) ?? ('unknown' as const),
}
const followed = { revocation: { source } }
const revoked = (name: string, more: Partial<Row> = {}): Row => ({
  name,
  settings: followed,
  headers: withStatus(1),
  status: 401,
  code: 'token_revoked',
  challenge: 'Bearer error="invalid_token", error_description="Invalid token!"',
  ...more,
})
const revocationRows: readonly Row[] = [
  passes('revocation: a token that is not revoked passes', {
    settings: followed,
    headers: withStatus(0),
  }),
  passes('revocation: a guard that does not check admits a revoked token', {
    headers: withStatus(1),
  }),
  revoked('revocation: a revoked token is 401 with a code of its own'),
  revoked('revocation: a revoked token is refused before the requirements are checked', {
    requirements: { scopes: ['none:has'] },
    challenge: 'Bearer error="invalid_token", error_description="Invalid token!", scope="none:has"',
  }),
  revoked('revocation: optional: a revoked token is refused all the same', { optional: true }),
  revoked('revocation: a known revocation is refused even if unknown statuses are accepted', {
    settings: { revocation: { source, whenStale: 'accept', required: false } },
  }),
  {
    name: 'revocation: an unknown status is 503 and never a bad token',
    settings: followed,
    headers: withStatus(2),
    status: 503,
    code: 'revocation_unknown',
    answered: { 'retry-after': '5' },
  },
  passes('revocation: an unknown status passes if the options say so', {
    settings: { revocation: { source, whenStale: 'accept' } },
    headers: withStatus(2),
  }),
  refused('revocation: a token without a status is invalid', sign(), { settings: followed }),
  passes('revocation: a token without a status passes if the options say so', {
    settings: { revocation: { source, required: false } },
    headers: bearer(sign()),
  }),
  refused(
    'revocation: a status of another form is invalid, even if none is required',
    sign({ status: { status_list: { idx: '0', uri } } }),
    { settings: { revocation: { source, required: false } } },
  ),
]

/** The table of all rows. */
export const rows: readonly Row[] = [
  ...headerRows,
  ...tokenRows,
  ...needRows,
  ...optionalRows,
  ...cookieRows,
  ...issuerRows,
  ...shapeRows,
  ...revocationRows,
]
