import { askPython, pythonLacks } from '@countersign/testing/python'
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { suite, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import {
  audience,
  databases,
  openOAuthWorld,
  worldFor,
  type OpenDatabase,
} from '@countersign/testing/oauth'

// OAuth clients that were not written here, against a server with sockets.

for (const [name, open, skip] of databases)
  suite(`on ${name}, OAuth clients:`, { skip }, () => clients(open))

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const insecure = { [oauth.allowInsecureRequests]: true }

/** Opens a world with a service account that has a secret, and one that has a key. */
async function openWorld(database: string) {
  const world = await openOAuthWorld(database)
  const add = (given: object) =>
    world.add({ scopes: ['notes:read'], resources: [audience], ...given })
  const reporter = await add({ name: 'reporter' })
  const jwk = { ...pair.publicKey.export({ format: 'jwk' }), alg: 'ES256' }
  const signing = await add({ name: 'signing', jwks: { keys: [jwk] } })
  return { ...world, reporter, signingId: signing.id }
}

function clients(open: OpenDatabase): void {
  const world = worldFor(open, openWorld)

  async function discover(): Promise<oauth.AuthorizationServer> {
    const url = new URL(world().issuer)
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

  test('oauth4webapi, by all three methods', async () => {
    const { reporter, signingId } = world()
    const key = await crypto.subtle.importKey(
      'pkcs8',
      pair.privateKey.export({ format: 'der', type: 'pkcs8' }),
      { name: 'ECDSA', namedCurve: 'P-256' },
      false,
      ['sign'],
    )
    for (const [id, auth] of [
      [reporter.id, oauth.ClientSecretBasic(reporter.secret)],
      [reporter.id, oauth.ClientSecretPost(reporter.secret)],
      [signingId, oauth.PrivateKeyJwt(key)],
    ] as const) {
      const { access_token, scope, token_type } = await tokenOf(id, auth)
      assert.ok(access_token)
      assert.deepEqual([scope, token_type], ['notes:read', 'bearer'])
    }
    await assert.rejects(tokenOf(reporter.id, oauth.ClientSecretBasic(`${reporter.secret}x`)), {
      name: /ResponseBodyError|WWWAuthenticateChallengeError/,
    })
  })

  const packages = ['python3-authlib', 'python3-cryptography', 'python3-requests'] as const
  test('oauth4webapi, which also introspects and revokes them', async () => {
    const { reporter } = world()
    const known = await discover()
    const client = { client_id: reporter.id }
    const auth = oauth.ClientSecretBasic(reporter.secret)
    const { access_token: token } = await tokenOf(reporter.id, auth)
    const isActive = async () => {
      const response = await oauth.introspectionRequest(known, client, auth, token, insecure)
      return (await oauth.processIntrospectionResponse(known, client, response)).active
    }
    assert.equal(await isActive(), true)
    const revoked = await oauth.revocationRequest(known, client, auth, token, insecure)
    await oauth.processRevocationResponse(revoked)
    assert.equal(await isActive(), false)
  })

  test('Authlib, by all three methods', { skip: pythonLacks(...packages) }, async () => {
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
    const { issuer, reporter, signingId } = world()
    const key = pair.privateKey.export({ format: 'pem', type: 'pkcs8' })
    const given = {
      issuer,
      audience,
      id: reporter.id,
      secret: reporter.secret,
      signing: signingId,
      key,
    }
    assert.deepEqual(await askPython(program, given), [
      true,
      false,
      'notes:read',
      'notes:read',
      'notes:read',
    ])
  })
}
