import { freePort } from '@countersign/testing/http'
import express from 'express'
import session from 'express-session'
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { suite, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import passport from 'passport'
import { Strategy } from 'passport-openidconnect'
import {
  audience,
  databases,
  openBrowser,
  openOAuthWorld,
  user,
  worldFor,
  type OpenDatabase,
} from '@countersign/testing/oauth'

// Untyped: its types bring those of browsers into every file of this project.
const authCore = '@auth/core'
const { Auth, raw, skipCSRFCheck } = (await import(authCore)) as {
  readonly Auth: (request: Request, config: object) => Promise<Response>
  readonly raw: symbol
  readonly skipCSRFCheck: symbol
}

// Programs that sign users in by code, written by others, against a server with sockets. Each signs in, refreshes, and learns of its end.

for (const [name, open, skip] of databases)
  suite(`on ${name}, users sign in with`, { skip }, () => clients(open))

function clients(open: OpenDatabase): void {
  const world = worldFor(open, openOAuthWorld)
  const redirectUri = 'https://app.example/callback'
  const applications = (more: object) =>
    world().add({
      scopes: ['openid', 'profile', 'email', 'offline_access', 'notes:read'],
      resources: [world().issuer, audience],
      redirect_uris: [redirectUri],
      ...more,
    })

  test('oauth4webapi: code, ID token, userinfo, refresh, revocation', async () => {
    const { id } = await applications({ name: 'oauth4webapi', public: true })
    const insecure = { [oauth.allowInsecureRequests]: true }
    const issuer = new URL(world().issuer)
    const found = await oauth.discoveryRequest(issuer, { ...insecure })
    const as = await oauth.processDiscoveryResponse(issuer, found)
    const client = { client_id: id }
    const verifier = oauth.generateRandomCodeVerifier()
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
    const asked = new URL(as.authorization_endpoint ?? '')
    const parameters = {
      client_id: id,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid email offline_access',
      resource: world().issuer,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    }
    for (const [key, value] of Object.entries(parameters)) asked.searchParams.set(key, value)
    const { url } = await openBrowser(world().issuer).signInTo(asked.href, redirectUri)
    const callback = oauth.validateAuthResponse(as, client, url, state)
    const none = oauth.None()
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      none,
      callback,
      redirectUri,
      verifier,
      insecure,
    )
    const checks = { expectedNonce: nonce, requireIdToken: true }
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, checks)
    const claims = oauth.getValidatedIdTokenClaims(tokens)
    assert.deepEqual([claims?.['email'], claims?.['email_verified']], [user.email, false])
    const userinfo = await oauth.userInfoRequest(as, client, tokens.access_token, insecure)
    const told = await oauth.processUserInfoResponse(as, client, claims?.sub ?? '', userinfo)
    assert.equal(told.email, user.email)
    const refreshed = await oauth.processRefreshTokenResponse(
      as,
      client,
      await oauth.refreshTokenGrantRequest(as, client, none, tokens.refresh_token ?? '', insecure),
    )
    assert.ok(refreshed.id_token)
    const last = refreshed.refresh_token ?? ''
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, client, none, last, insecure),
    )
    const late = await oauth.refreshTokenGrantRequest(as, client, none, last, insecure)
    await assert.rejects(oauth.processRefreshTokenResponse(as, client, late), {
      error: 'invalid_grant',
    })
    const ended = await oauth.userInfoRequest(as, client, refreshed.access_token, insecure)
    assert.equal(ended.status, 401)
  })

  test('openid-client: a confidential client, with an ID token of RS256', async () => {
    const { id, secret } = await applications({
      name: 'openid-client',
      id_token_algorithm: 'RS256',
    })
    const config = await openid.discovery(
      new URL(world().issuer),
      id,
      { client_secret: secret, id_token_signed_response_alg: 'RS256' },
      openid.ClientSecretBasic(secret),
      { execute: [openid.allowInsecureRequests] },
    )
    const verifier = openid.randomPKCECodeVerifier()
    const state = openid.randomState()
    const asked = openid.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: 'openid profile',
      resource: world().issuer,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
    })
    const { url } = await openBrowser(world().issuer).signInTo(asked.href, redirectUri)
    const checks = { pkceCodeVerifier: verifier, expectedState: state, idTokenExpected: true }
    const tokens = await openid.authorizationCodeGrant(config, url, checks)
    const claims = tokens.claims()
    assert.equal(claims?.['preferred_username'], 'ada')
    const told = await openid.fetchUserInfo(config, tokens.access_token, claims?.sub ?? '')
    assert.equal(told.preferred_username, 'ada')
    const next = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '')
    assert.ok(next.refresh_token)
    await openid.tokenRevocation(config, next.refresh_token)
    await assert.rejects(openid.refreshTokenGrant(config, next.refresh_token), {
      error: 'invalid_grant',
    })
  })

  test('passport-openidconnect, in an Express application', async (t) => {
    const app = express()
    const port = await freePort()
    const callback = `http://127.0.0.1:${port}/callback`
    const { id, secret } = await applications({
      name: 'passport',
      require_pkce: false,
      redirect_uris: [callback],
      resources: [world().issuer],
      scopes: ['openid', 'profile'],
    })
    const strategy = new Strategy(
      {
        issuer: world().issuer,
        authorizationURL: `${world().issuer}/oauth/authorize`,
        tokenURL: `${world().issuer}/oauth/token`,
        userInfoURL: `${world().issuer}/oauth/userinfo`,
        clientID: id,
        clientSecret: secret,
        callbackURL: callback,
        scope: ['profile'],
        nonce: 'yes', // it cannot do PKCE
      },
      (
        _issuer: string,
        profile: { readonly id: string },
        done: (error: null, user: object) => void,
      ) => done(null, profile),
    )
    app.use(session({ secret: 'of the test', resave: false, saveUninitialized: false }))
    app.get('/sign-in', passport.authenticate(strategy, { session: false }))
    app.get(
      '/callback',
      passport.authenticate(strategy, { session: false }),
      (request, response) => {
        response.json(request.user)
      },
    )
    const server = app.listen(port, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    t.after(() => server.close())
    assert.equal((server.address() as AddressInfo).port, port)
    const { text } = await openBrowser(world().issuer).signInTo(`http://127.0.0.1:${port}/sign-in`)
    assert.match(text, /"ada"/)
  })

  test('@auth/core, as of Auth.js', async () => {
    const origin = 'https://app.example'
    const { id, secret } = await applications({
      name: 'authjs',
      redirect_uris: [`${origin}/auth/callback/countersign`],
      resources: [world().issuer],
      scopes: ['openid', 'profile', 'email'],
    })
    const provider = {
      id: 'countersign',
      name: 'Countersign',
      type: 'oidc' as const,
      issuer: world().issuer,
      clientId: id,
      clientSecret: secret,
    }
    const config = {
      providers: [provider],
      secret: 'of the test',
      trustHost: true,
      basePath: '/auth',
      raw,
      skipCSRFCheck,
    }
    const cookies = new Map<string, string>()
    const send = async (path: string, method = 'GET') => {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await Auth(
        new Request(origin + path, { method, headers: { cookie } }),
        config,
      )
      const { cookies: set = [], ...others } = response as unknown as {
        readonly cookies?: readonly { readonly name: string; readonly value: string }[]
        readonly redirect?: string
        readonly body?: unknown
      }
      for (const { name, value } of set) cookies.set(name, value)
      return others
    }
    const asked = await send('/auth/signin/countersign', 'POST')
    const { url } = await openBrowser(world().issuer).signInTo(asked.redirect ?? '', origin)
    await send(url.pathname + url.search)
    const { body } = await send('/auth/session')
    assert.match(JSON.stringify(body), /ada@example\.com/)
  })
}
