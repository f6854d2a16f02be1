import { howToGetPostgres } from '@countersign/testing/postgres'
import { askPython, pythonLacks } from '@countersign/testing/python'
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import { audience, databases, openOAuthWorld, type OAuthWorld } from '@countersign/testing/oauth'

// OAuth clients that were not written here, against a server with sockets.

for (const [name, open] of databases) suite(`on ${name}, OAuth clients:`, () => clients(open))

function clients(
  open: () => Promise<{ readonly url: string; readonly close: () => Promise<void> } | undefined>,
): void {
  let database: Awaited<ReturnType<typeof open>>
  let world: OAuthWorld
  let issuer = ''
  let secret = { id: '', value: '' }
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  let signingId = ''

  before(async () => {
    database = await open()
    if (!database) return
    world = await openOAuthWorld(database.url)
    issuer = world.issuer
    const add = (given: object) =>
      world.add({ scopes: ['notes:read'], resources: [audience], ...given })
    const made = await add({ name: 'reporter' })
    secret = { id: made.id, value: made.secret }
    const jwk = { ...pair.publicKey.export({ format: 'jwk' }), alg: 'ES256' }
    signingId = (await add({ name: 'signing', jwks: { keys: [jwk] } })).id
  })
  after(async () => {
    if (!database) return
    await world.close()
    await database.close()
  })

  const insecure = { [oauth.allowInsecureRequests]: true }

  async function discover(): Promise<oauth.AuthorizationServer> {
    const url = new URL(issuer)
    const response = await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...insecure })
    return oauth.processDiscoveryResponse(url, response)
  }

  async function tokenOf(id: string, auth: oauth.ClientAuth) {
    const server_ = await discover()
    const parameters = { resource: audience, scope: 'notes:read' }
    const client = { client_id: id }
    const response = await oauth.clientCredentialsGrantRequest(
      server_,
      client,
      auth,
      parameters,
      insecure,
    )
    return oauth.processClientCredentialsResponse(server_, client, response)
  }

  test('oauth4webapi, by all three methods', async (t) => {
    if (!database) return t.skip(howToGetPostgres)
    const key = await crypto.subtle.importKey(
      'pkcs8',
      pair.privateKey.export({ format: 'der', type: 'pkcs8' }),
      { name: 'ECDSA', namedCurve: 'P-256' },
      false,
      ['sign'],
    )
    for (const [id, auth] of [
      [secret.id, oauth.ClientSecretBasic(secret.value)],
      [secret.id, oauth.ClientSecretPost(secret.value)],
      [signingId, oauth.PrivateKeyJwt(key)],
    ] as const) {
      const { access_token, scope, token_type } = await tokenOf(id, auth)
      assert.ok(access_token)
      assert.deepEqual([scope, token_type], ['notes:read', 'bearer'])
    }
    await assert.rejects(tokenOf(secret.id, oauth.ClientSecretBasic(`${secret.value}x`)), {
      name: /ResponseBodyError|WWWAuthenticateChallengeError/,
    })
  })

  const packages = ['python3-authlib', 'python3-cryptography', 'python3-requests'] as const
  test('oauth4webapi, which also introspects and revokes them', async (t) => {
    if (!database) return t.skip(howToGetPostgres)
    const known = await discover()
    const client = { client_id: secret.id }
    const auth = oauth.ClientSecretBasic(secret.value)
    const { access_token: token } = await tokenOf(secret.id, auth)
    const isActive = async () => {
      const response = await oauth.introspectionRequest(known, client, auth, token, insecure)
      return (await oauth.processIntrospectionResponse(known, client, response)).active
    }
    assert.equal(await isActive(), true)
    const revoked = await oauth.revocationRequest(known, client, auth, token, insecure)
    await oauth.processRevocationResponse(revoked)
    assert.equal(await isActive(), false)
  })

  test('Authlib, by all three methods', { skip: pythonLacks(...packages) }, async (t) => {
    if (!database) return t.skip(howToGetPostgres)
    const program = `
import json, os, sys
os.environ['AUTHLIB_INSECURE_TRANSPORT'] = '1'
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
given = json.load(sys.stdin)
def token(id, secret, method, register=None):
    session = OAuth2Session(id, secret, token_endpoint_auth_method=method)
    if register: session.register_client_auth_method(register)
    return session.fetch_token(given['issuer'] + '/oauth/token', grant_type='client_credentials',
        resource=given['audience'], scope='notes:read')['scope']
session = OAuth2Session(given['id'], given['secret'], token_endpoint_auth_method='client_secret_basic')
revoked = session.fetch_token(given['issuer'] + '/oauth/token', grant_type='client_credentials')['access_token']
active = lambda: session.introspect_token(given['issuer'] + '/oauth/introspect', token=revoked).json()['active']
before = active()
session.revoke_token(given['issuer'] + '/oauth/revoke', token=revoked)
print(json.dumps([before, active(),
    token(given['id'], given['secret'], 'client_secret_basic'),
    token(given['id'], given['secret'], 'client_secret_post'),
    token(given['signing'], given['key'], 'private_key_jwt', PrivateKeyJWT(given['issuer'], alg='ES256')),
]))`
    const key = pair.privateKey.export({ format: 'pem', type: 'pkcs8' })
    const given = { issuer, audience, id: secret.id, secret: secret.value, signing: signingId, key }
    assert.deepEqual(await askPython(program, given), [
      true,
      false,
      'notes:read',
      'notes:read',
      'notes:read',
    ])
  })
}
