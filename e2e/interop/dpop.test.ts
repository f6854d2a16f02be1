import { getRequestListener } from '@hono/node-server'
import { createGuard, type Guard } from '@countersign/guard'
import { honoGuard } from '@countersign/guard/hono'
import { freePort } from '@countersign/testing/http'
import {
  audience,
  databases,
  openOAuthWorld,
  worldFor,
  type OpenDatabase,
} from '@countersign/testing/oauth'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { suite, test } from 'node:test'
import { Hono } from 'hono'
import * as oauth from 'oauth4webapi'
import { expressNotes } from '../../packages/guard/src/adapters/notes.fixture.ts'
import { openBrowser } from '../../packages/server/src/http/pages/test-browser.fixture.ts'

// DPoP (RFC 9449) with a client that was not written here: a code, a refresh and requests to two applications, with the nonces of server and guards.

const redirectUri = 'https://app.example/callback'
const insecure = { [oauth.allowInsecureRequests]: true }

const applications: Readonly<Record<string, (guard: Guard) => RequestListener>> = {
  Express: expressNotes,
  Hono: (guard) => {
    const app = new Hono()
    app.get('/notes', honoGuard(guard), (c) => c.json({ subject: c.var.principal.subject }))
    return getRequestListener(app.fetch)
  },
}

/** Serves an application whose guard knows its own URL and asks for nonces. */
async function serve(issuer: string, make: (guard: Guard) => RequestListener) {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const dpop = { url, nonceSecret: 'a secret of 32 characters, or more' }
  const guard = createGuard({ issuer, audience, dpop, onEvent: () => undefined })
  const server = createHttpServer(make(guard))
  await once(server.listen(port), 'listening')
  return {
    url,
    async [Symbol.asyncDispose]() {
      guard.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Repeats what fails for want of a nonce, once, as every client does; returns how often it was sent. */
async function withNonce<T>(send: () => Promise<T>): Promise<readonly [T, number]> {
  try {
    return [await send(), 1]
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return [await send(), 2]
  }
}

for (const [name, open, skip] of databases)
  suite(`on ${name}, DPoP:`, { skip }, () => dpopClients(open))

/** Opens a world with an application that must send proofs with a nonce. */
async function openWorld(database: string) {
  const world = await openOAuthWorld(database)
  const { id: clientId } = await world.add({
    name: 'app',
    redirect_uris: [redirectUri],
    public: true,
    skip_consent: true,
    dpop: 'nonce',
    scopes: ['notes:read', 'openid'],
    resources: [audience, world.issuer],
  })
  return { ...world, clientId }
}

function dpopClients(open: OpenDatabase): void {
  const world = worldFor(open, openWorld)

  async function codeFor(known: oauth.AuthorizationServer, resource: string, more: object) {
    const { server, issuer, clientId } = world()
    const browser = openBrowser(server, issuer)
    await browser.signIn()
    const verifier = oauth.generateRandomCodeVerifier()
    const asked = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      resource,
      scope: resource === issuer ? 'openid' : 'notes:read',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...more,
    })
    const { path } = await browser.get(`/oauth/authorize?${asked}`)
    const answer = new URL(path)
    const parameters = oauth.validateAuthResponse(known, { client_id: clientId }, answer)
    return { verifier, parameters }
  }

  /** Signs in with a new key, and returns what an application then has. */
  async function signIn(resource: string) {
    const { issuer, clientId } = world()
    const url = new URL(issuer)
    const found = await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...insecure })
    const known = await oauth.processDiscoveryResponse(url, found)
    const client: oauth.Client = { client_id: clientId }
    const dpop = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
    const options = { DPoP: dpop, ...insecure }
    const jkt = { dpop_jkt: await dpop.calculateThumbprint() }
    const { verifier, parameters } = await codeFor(known, resource, jkt)
    const [tokens, sent] = await withNonce(async () => {
      const auth = oauth.None()
      const response = await oauth.authorizationCodeGrantRequest(
        known,
        client,
        auth,
        parameters,
        redirectUri,
        verifier,
        options,
      )
      return oauth.processAuthorizationCodeResponse(known, client, response)
    })
    return { known, client, options, tokens, sent }
  }

  const get = (url: string, token: string, options: object) =>
    oauth.protectedResourceRequest(token, 'GET', new URL(url), new Headers(), null, options)

  test('oauth4webapi gets bound tokens for a code, refreshes them, and calls Express and Hono', async () => {
    const { known, client, options, tokens, sent } = await signIn(audience)
    assert.deepEqual([tokens.token_type, sent], ['dpop', 2])
    const [next] = await withNonce(async () => {
      const auth = oauth.None()
      const token = tokens.refresh_token ?? ''
      const response = await oauth.refreshTokenGrantRequest(known, client, auth, token, options)
      return oauth.processRefreshTokenResponse(known, client, response)
    })
    assert.equal(next.token_type, 'dpop')
    for (const [framework, make] of Object.entries(applications)) {
      await using served = await serve(world().issuer, make)
      const url = `${served.url}/notes?page=2`
      const [first, requests] = await withNonce(() => get(url, next.access_token, options))
      assert.deepEqual([first.status, requests], [200, 2], framework)
      const [again, once_] = await withNonce(() => get(url, next.access_token, options))
      assert.deepEqual([again.status, once_], [200, 1], `${framework}: it keeps the nonce`)
      const plain = { headers: { authorization: `Bearer ${next.access_token}` } }
      assert.equal((await fetch(url, plain)).status, 401, framework)
    }
  })

  test('oauth4webapi calls userinfo with a bound token', async () => {
    const { known, client, options, tokens } = await signIn(world().issuer)
    const response = await oauth.userInfoRequest(known, client, tokens.access_token, options)
    const claims = await oauth.processUserInfoResponse(
      known,
      client,
      oauth.skipSubjectCheck,
      response,
    )
    assert.match(claims.sub, /^u_/)
  })
}
