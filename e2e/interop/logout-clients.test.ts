import {
  createVerifier,
  inspect,
  localKeySet,
  importPublicKey,
  type PublicJwk,
} from '@countersign/token'
import { importBlock, serving } from '@countersign/testing/guides'
import { howToGetPostgres } from '@countersign/testing/postgres'
import { databases, openBrowser, openOAuthWorld } from '@countersign/testing/oauth'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as openid from 'openid-client'

// Signing out with programs of others: openid-client sends the user to the end session endpoint, and the receiver of the guide verifies the logout
// token with jose.

interface Guide {
  backchannelLogout(
    issuer: string,
    clientId: string,
    end: (sid: string) => Promise<void>,
  ): (request: Request) => Promise<Response>
}

for (const [name, open] of databases)
  test(`[21.53] [OA.109, OA.110] on ${name}, openid-client signs a user out, and the application gets a logout token`, async (t) => {
    const database = await open()
    if (!database) return t.skip(howToGetPostgres)
    t.after(() => database.close())
    const world = await openOAuthWorld(database.url)
    t.after(() => world.close())
    const { backchannelLogout } = await importBlock<Guide>('sign-out-of-applications.md', 1)
    const ended = Promise.withResolvers<string>()
    const posted: string[] = []
    let receive: ((request: Request) => Promise<Response>) | undefined
    await using receiver = await serving({
      async fetch(request: Request) {
        posted.push(await request.clone().text())
        return (await receive?.(request)) ?? new Response(null, { status: 503 })
      },
    })
    const redirectUri = 'https://app.example/callback'
    const afterLogout = 'https://app.example/signed-out'
    const { id, secret } = await world.add({
      name: 'openid-client',
      scopes: ['openid'],
      resources: [world.issuer],
      redirect_uris: [redirectUri],
      post_logout_redirect_uris: [afterLogout],
      backchannel_logout_uri: `${receiver.url}/logout`,
    })
    receive = backchannelLogout(world.issuer, id, async (sid) => ended.resolve(sid))
    const how = { execute: [openid.allowInsecureRequests] }
    const config = await openid.discovery(new URL(world.issuer), id, secret, undefined, how)
    const verifier = openid.randomPKCECodeVerifier()
    const asked = openid.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: 'openid',
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    const browser = openBrowser(world.issuer)
    const { url } = await browser.signInTo(asked.href, redirectUri)
    const checks = { pkceCodeVerifier: verifier, idTokenExpected: true }
    const tokens = await openid.authorizationCodeGrant(config, url, checks)
    const leave = openid.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token ?? '',
      post_logout_redirect_uri: afterLogout,
      state: 'of the test',
    })
    const left = await browser.request(leave.href, { stopAt: afterLogout })
    assert.equal(left.url.searchParams.get('state'), 'of the test')
    assert.equal(await ended.promise, tokens.claims()?.['sid'])

    const token = new URLSearchParams(posted.at(-1)).get('logout_token') ?? ''
    const { iss, aud, sub, sid, iat, exp, jti, nonce, events } = inspect(token).claims
    assert.deepEqual([iss, aud, sub], [world.issuer, id, tokens.claims()?.sub])
    assert.deepEqual([sid, nonce], [tokens.claims()?.['sid'], undefined])
    assert.deepEqual([typeof iat, typeof exp, typeof jti], ['number', 'number', 'string'])
    assert.deepEqual(events, { 'http://schemas.openid.net/event/backchannel-logout': {} })
    const { keys } = (await world.call('GET', '/.well-known/jwks.json')) as {
      readonly keys: readonly PublicJwk[]
    }
    const imported = keys.map((jwk) =>
      importPublicKey(jwk, jwk.alg === 'RS256' ? 'RS256' : 'ES256'),
    )
    for (const type of ['at+jwt', 'JWT']) {
      const options = { issuer: world.issuer, audience: id, keys: localKeySet(imported), type }
      const other = createVerifier({ ...options, algorithms: ['ES256', 'RS256'] })
      assert.throws(() => other.verify(token), { code: 'token_type_wrong' })
    }
  })
