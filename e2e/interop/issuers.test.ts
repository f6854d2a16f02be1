import type { Guard } from '@countersign/guard'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { importBlock, importBlockBelow } from '@countersign/testing/guides'
import { now, sign, times, withIssuer, type Claims, type TokenParts } from './issuers.fixture.ts'

const guide = 'bring-your-own-issuer.md'
/** A token in the form of one issuer, and the expected verdict of the guide's guard. */
interface Case extends TokenParts {
  readonly name: string
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
        const token = await sign({ header: { typ: 'at+jwt' }, claims: written })
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
      const token = await sign({ header: { typ: 'at+jwt' }, claims })
      const headers = { authorization: `Bearer ${token}` }
      const { cause, likelyCause } = await explain(
        new Request('https://api.example.com/', { headers }),
      )
      assert.equal(cause, 'audience_wrong')
      assert.match(likelyCause ?? '', /slash/)
    }))
})
