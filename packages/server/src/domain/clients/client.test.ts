import { generateKey, toJwks } from '@countersign/token'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseApplication } from './application.ts'
import { deviceGrant, judgeParts } from './client.ts'

const redirectUris = ['https://wiki.example/callback']
const account = {
  grants: ['client_credentials'],
  scopes: [],
  jwks: null,
  trust: null,
  application: null,
} as const
const confidential = {
  ...account,
  grants: ['authorization_code'],
  application: parseApplication({ redirectUris }),
} as const
const publicOne = { ...confidential, application: { ...confidential.application, isPublic: true } }
const device = { ...publicOne.application, redirectUris: [] }
const trust = { issuer: 'https://ci.example', subject: 'a', audience: 'b', reusable: false }
const jwks = toJwks([generateKey('ES256')])

test('the parts of a client go together, or the judgment says which do not', () => {
  for (const good of [
    account,
    { ...account, scopes: ['admin:users'], trust },
    confidential,
    { ...confidential, grants: ['client_credentials', 'authorization_code'] as const, jwks },
    { ...confidential, application: { ...confidential.application, requiresPkce: false } },
    publicOne,
    { ...publicOne, grants: [deviceGrant] as const, application: device },
  ])
    assert.equal(judgeParts(good), undefined)
  for (const [bad, why] of [
    [{ ...account, grants: ['authorization_code'] as const }, /redirect URIs go together/],
    [{ ...account, grants: [deviceGrant] as const }, /devices is for applications/],
    [{ ...confidential, grants: [deviceGrant] as const }, /redirect URIs go together/],
    [{ ...account, application: device }, /has the grant authorization_code or that of devices/],
    [{ ...confidential, scopes: ['admin:users'] }, /only service accounts/],
    [
      { ...publicOne, application: { ...publicOne.application, requiresPkce: false } },
      /public client needs PKCE/,
    ],
    [{ ...publicOne, jwks }, /no keys and no trusted issuer/],
    [{ ...publicOne, trust }, /no keys and no trusted issuer/],
    [
      { ...publicOne, grants: ['client_credentials', 'authorization_code'] as const },
      /cannot have the grant client_credentials/,
    ],
  ] as const)
    assert.match(judgeParts(bad) ?? '', why)
})
