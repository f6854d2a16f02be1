import { forge } from '@countersign/testing/tokens'
import { exportPublicJwk, generateKey } from '@countersign/token'
import { dpopAlgorithms, sha256 } from '@countersign/token/internal'
import { now, sign, type Row } from './guard-rows.contract.ts'

// Tokens that are bound to a key (DPoP, RFC 9449), in every framework. The guard is reached at https://api.example/base, of which a proxy removes
// /base; the Host header of the requests is another one.

const url = 'https://api.example/base'
const dpop = { url }
const key = generateKey('ES256')
const token = sign({ cnf: { jkt: key.id }, scope: 'notes:read' })

/** Makes a proof for a request of the table; `change` spoils it. */
export const proof = (change: Readonly<Record<string, unknown>> = {}, by = key) =>
  forge(
    by,
    { typ: 'dpop+jwt', alg: 'ES256', jwk: exportPublicJwk(by) },
    { jti: 'one', htm: 'GET', htu: `${url}/`, iat: now, ath: sha256(token), ...change },
  )

/** The headers of a request with a bound token and a proof. */
export const bound = (dpopHeader: string | undefined = proof(), scheme = 'DPoP') =>
  [
    ['authorization', `${scheme} ${token}`],
    ...(dpopHeader === '' ? [] : [['dpop', dpopHeader] as const]),
  ] as const

const algs = `algs="${dpopAlgorithms.join(' ')}"`
const passes = (name: string, more: Partial<Row> = {}): Row => ({
  name,
  settings: { dpop },
  headers: bound(),
  status: 200,
  subject: 'ada',
  ...more,
})
const refused = (name: string, headers: Row['headers'], more: Partial<Row> = {}): Row => ({
  name,
  settings: { dpop },
  ...(headers && { headers }),
  status: 401,
  code: 'proof_invalid',
  challenge: `DPoP error="invalid_dpop_proof", error_description="The DPoP proof is missing, invalid or was used before", ${algs}`,
  ...more,
})
const invalid = 'error="invalid_token", error_description="Invalid token!"'

/** The table. */
export const dpopRows: readonly Row[] = [
  passes('a bound token passes with a proof'),
  passes('the case of its scheme does not matter', { headers: bound(undefined, 'dPoP') }),
  passes('the query is not a part of the URL', { path: '/?page=2' }),
  passes('nor are query and fragment of the proof', {
    path: '/?a=b',
    headers: bound(proof({ htu: `${url}/#top` })),
  }),
  passes('an optional route checks it too', { optional: true }),
  refused('[21.32] a bound token without a proof is refused', bound('')),
  refused('[21.32] so it is on an optional route', bound(''), { optional: true }),
  refused(
    '[21.32] [OA.97] sent as a bearer token it is refused, with a proof too, and the challenge says how',
    bound(proof(), 'Bearer'),
    { code: 'token_invalid', challenge: `Bearer ${invalid}, DPoP ${algs}` },
  ),
  refused('[21.32] [OA.96] with the proof of another key', bound(proof({}, generateKey('ES256')))),
  refused('with the proof for another token', bound(proof({ ath: sha256('another') }))),
  refused('with the proof for another method', bound(), { method: 'POST' }),
  refused('with the proof for another path', bound(proof({ htu: `${url}/other` }))),
  refused('[21.38] with a proof for the Host of the request', [
    ...bound(proof({ htu: 'https://evil.example/' })),
    ['x-forwarded-host', 'evil.example'],
  ]),
  refused('with an old proof', bound(proof({ iat: now - 61 }))),
  refused('with two proofs', [...bound(), ['dpop', proof({ jti: 'two' })]]),
  refused('[21.38] where the URL of the application is unknown', bound(), { settings: {} }),
  refused(
    'a plain bearer token is none of the scheme DPoP',
    [
      ['authorization', `DPoP ${sign()}`],
      ['dpop', proof()],
    ],
    { code: 'token_invalid', challenge: `DPoP ${invalid}, ${algs}` },
  ),
  refused(
    'nor is one that is bound to a certificate too',
    [
      ['authorization', `DPoP ${sign({ cnf: { jkt: key.id, 'x5t#S256': 'x' } })}`],
      ['dpop', proof()],
    ],
    { code: 'token_invalid', challenge: `DPoP ${invalid}, ${algs}` },
  ),
  refused('the scheme alone is malformed', [['authorization', 'DPoP']], {
    status: 400,
    code: 'authorization_malformed',
    challenge: undefined,
  }),
  refused(
    'both schemes at once are malformed',
    [...bound(), ['authorization', `Bearer ${sign()}`]],
    {
      status: 400,
      code: 'authorization_malformed',
      challenge: undefined,
    },
  ),
  refused('a missing scope is named in a challenge of the scheme', bound(), {
    requirements: { scopes: ['notes:delete'] },
    status: 403,
    code: 'scope_missing',
    challenge: `DPoP error="insufficient_scope", error_description="Insufficient scope: this route requires a scope that the token does not have", scope="notes:delete", ${algs}`,
  }),
  refused('a nonce is asked for', bound(), {
    settings: { dpop: { url, nonceSecret: 'a secret of 32 characters, or more' } },
    code: 'proof_nonce_required',
    challenge: `DPoP error="use_dpop_nonce", error_description="Repeat the request with a new DPoP proof, with the nonce of the header DPoP-Nonce", ${algs}`,
  }),
]
