import type { Guard } from '@countersign/guard'
import { generateKey, toJwks } from '@countersign/token'
import { exportPrivateJwk } from '@countersign/token'
import { importJWK, SignJWT, type JWK, type JWTHeaderParameters } from 'jose'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { importBlock, importBlockBelow } from '@countersign/testing/guides'

const guide = 'bring-your-own-issuer.md'
const now = Math.floor(Date.now() / 1000)
const key = generateKey('RS256')
const times = { iat: now, exp: now + 3600 }

type Header = Omit<JWTHeaderParameters, 'alg'>
type Claims = Readonly<Record<string, unknown>>

/** A token in the form of one issuer, and the expected verdict of the guide's guard. */
interface Case {
  readonly name: string
  readonly header?: Header
  readonly claims: Claims
  readonly refused?: string
}

interface Issuer {
  readonly name: string
  readonly block: number
  readonly url: string
  readonly cases: readonly Case[]
}

const auth0 = {
  iss: 'https://example.eu.auth0.com/',
  sub: 'auth0|123456',
  aud: ['https://api.example.com', 'https://example.eu.auth0.com/userinfo'],
  scope: 'openid notes:read',
  ...times,
}
const auth0IdToken = { ...auth0, aud: 'my_client_id', nonce: 'n', scope: undefined }
const keycloak = {
  iss: 'https://sso.example.com/realms/example',
  sub: '248289dc-7f1b-4b1c-9d5e-f44a7f1b4b1c',
  aud: ['notes-api', 'account'],
  typ: 'Bearer',
  azp: 'notes-app',
  jti: 'onrtac:7f1b4b1c',
  scope: 'openid email',
  realm_access: { roles: ['editor'] },
  ...times,
}
const pool = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE'
const cognito = {
  iss: pool,
  sub: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
  client_id: '1example23456789',
  token_use: 'access',
  scope: 'notes-api/read',
  username: 'ada',
  version: 2,
  auth_time: now,
  origin_jti: 'a',
  event_id: 'b',
  jti: 'c',
  'cognito:groups': ['editors'],
  ...times,
}
const { client_id: _, scope: __, ...cognitoUser } = cognito
const plain = { iss: 'https://auth.example.com', sub: 'ada', jti: 'j', ...times }

const issuers: readonly Issuer[] = [
  {
    name: 'RFC 9068',
    block: 1,
    url: plain.iss,
    cases: [
      {
        name: 'access',
        header: { typ: 'at+jwt' },
        claims: { ...plain, aud: 'https://api.example.com' },
      },
      {
        name: 'untyped',
        claims: { ...plain, aud: 'https://api.example.com' },
        refused: 'token_type_wrong',
      },
    ],
  },
  {
    name: 'Auth0, RFC 9068 profile',
    block: 3,
    url: auth0.iss,
    cases: [
      { name: 'access', header: { typ: 'at+jwt' }, claims: { ...auth0, client_id: 'c', jti: 'j' } },
      { name: 'ID', header: { typ: 'JWT' }, claims: auth0IdToken, refused: 'token_type_wrong' },
    ],
  },
  {
    name: 'Auth0, own profile',
    block: 4,
    url: auth0.iss,
    cases: [
      { name: 'access', header: { typ: 'JWT' }, claims: { ...auth0, azp: 'my_client_id' } },
      { name: 'ID', header: { typ: 'JWT' }, claims: auth0IdToken, refused: 'audience_wrong' },
      {
        name: 'of another API',
        header: { typ: 'JWT' },
        claims: { ...auth0, aud: ['https://billing.example.com'] },
        refused: 'audience_wrong',
      },
    ],
  },
  {
    name: 'Keycloak',
    block: 5,
    url: keycloak.iss,
    cases: [
      { name: 'access', header: { typ: 'JWT' }, claims: keycloak },
      {
        name: 'ID, though it names the API',
        header: { typ: 'JWT' },
        claims: { ...keycloak, typ: 'ID' },
        refused: 'claims_invalid',
      },
      {
        name: 'refresh',
        header: { typ: 'JWT' },
        claims: { ...keycloak, typ: 'Refresh' },
        refused: 'claims_invalid',
      },
      {
        name: 'without the mapper',
        header: { typ: 'JWT' },
        claims: { ...keycloak, aud: 'account' },
        refused: 'audience_wrong',
      },
    ],
  },
  {
    name: 'Amazon Cognito',
    block: 6,
    url: pool,
    cases: [
      { name: 'access', claims: cognito },
      { name: 'access of a machine', claims: { ...cognito, username: undefined } },
      {
        name: 'ID',
        claims: { ...cognitoUser, aud: '1example23456789', token_use: 'id' },
        refused: 'audience_wrong',
      },
      {
        name: 'of another application',
        claims: { ...cognito, client_id: 'other' },
        refused: 'claims_invalid',
      },
      {
        name: 'of another pool',
        claims: { ...cognito, iss: pool.replace('EXAMPLE', 'OTHER') },
        refused: 'issuer_wrong',
      },
      { name: 'without jti', claims: { ...cognito, jti: undefined }, refused: 'claim_missing' },
    ],
  },
]

async function sign({ header, claims }: Case): Promise<string> {
  const kid = key.id
  const protectedHeader = { alg: 'RS256', kid, ...header }
  return new SignJWT(claims)
    .setProtectedHeader(protectedHeader)
    .sign(await importJWK(exportPrivateJwk(key) as JWK, 'RS256'))
}

/** Creates a fetch that serves an issuer's OpenID Connect Discovery document and key set. */
function fetchOf(url: string): typeof fetch {
  const discovery = `${url.replace(/\/$/, '')}/.well-known/openid-configuration`
  const documents: Readonly<Record<string, object>> = {
    [discovery]: { issuer: url, jwks_uri: new URL('/keys', url) },
    [new URL('/keys', url).href]: toJwks([key, generateKey('RS256')]),
  }
  return async (input) => {
    const document = documents[String(input instanceof Request ? input.url : input)]
    return document ? Response.json(document) : new Response('', { status: 404 })
  }
}

/** Replaces the network by an issuer of the guide while `work` runs. */
async function withIssuer(url: string, work: () => Promise<void>): Promise<void> {
  const platform = globalThis.fetch
  globalThis.fetch = fetchOf(url)
  try {
    await work()
  } finally {
    globalThis.fetch = platform
  }
}

suite('the guards in the guide to other issuers', () => {
  for (const { name, block, url, cases } of issuers) {
    test(name, () =>
      withIssuer(url, async () => {
        const { guard } = await importBlock<{ guard: Guard }>(guide, block)
        await guard.ready()
        for (const one of cases) {
          const answer = await guard.checkToken(await sign(one))
          assert.equal(answer.allowed ? undefined : answer.cause?.code, one.refused, one.name)
          if (answer.allowed) assert.equal(answer.principal.subject, one.claims['sub'])
        }
      }),
    )
  }

  test('[18.15] tokens without sub', () =>
    withIssuer('https://identity.example.com', async () => {
      const { guard } = await importBlockBelow<{ guard: Guard }>(guide, 'Tokens without `sub`')
      const machine = { ...plain, sub: undefined, client_id: 'jobs' }
      const subjectOf = async (claims: Claims) => {
        const iss = 'https://identity.example.com'
        const written = { ...claims, iss, aud: 'https://api.example.com' }
        const token = await sign({ name: '', header: { typ: 'at+jwt' }, claims: written })
        const answer = await guard.checkToken(token)
        return answer.allowed ? answer.principal.subject : answer.cause?.code
      }
      assert.equal(await subjectOf(machine), 'client:jobs')
      assert.equal(await subjectOf(plain), 'ada')
      assert.equal(await subjectOf({ ...machine, client_id: undefined }), 'claim_missing')
    }))

  test('a request is explained as in the guide', () =>
    withIssuer(plain.iss, async () => {
      const { explain } = await importBlock<{
        explain(one: Request): ReturnType<Guard['explain']>
      }>(guide, 2)
      const claims = { ...plain, aud: 'https://api.example.com/' }
      const token = await sign({ name: 'slash', header: { typ: 'at+jwt' }, claims })
      const headers = { authorization: `Bearer ${token}` }
      const { cause, likelyCause } = await explain(
        new Request('https://api.example.com/', { headers }),
      )
      assert.equal(cause, 'audience_wrong')
      assert.match(likelyCause ?? '', /slash/)
    }))
})
