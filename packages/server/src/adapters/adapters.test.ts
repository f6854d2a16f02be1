import { post } from '@countersign/testing/http'
import { readFeed } from '@countersign/testing/feed'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { launchers, startApplication, type Application } from './mounted.fixture.ts'

const ada = { username: 'ada', password: 'correct horse battery' }

const frameworks = Object.keys(launchers) as (keyof typeof launchers)[]

/** Requests the guarded route of the application, and returns its status and its body. */
async function notes({ origin }: Application, token?: unknown) {
  const headers = typeof token === 'string' ? { authorization: `Bearer ${token}` } : {}
  const response = await fetch(`${origin}/notes`, { headers })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

for (const framework of frameworks)
  for (const path of ['/auth', ''])
    suite(`Countersign in ${framework}, mounted at ${path}/`, () => {
      test('a user signs up, signs in, calls the guarded route, refreshes and signs out', async () => {
        await using app = await startApplication(framework, path)
        assert.equal((await post(`${app.url}/register`, ada)).status, 201)
        const { status, body } = await post(`${app.url}/login`, ada)
        assert.equal(status, 200)
        assert.equal((await notes(app)).status, 401)
        assert.equal((await notes(app, body['token'])).status, 200)
        const { body: next } = await post(`${app.url}/refresh`, {
          refresh_token: body['refresh_token'],
        })
        assert.equal((await notes(app, next['token'])).status, 200)
        const headers = { authorization: `Bearer ${String(next['token'])}` }
        const signedOut = await fetch(`${app.url}/logout`, { method: 'POST', headers })
        assert.equal(signedOut.status, 204)
        const refused = await notes(app, next['token'])
        assert.deepEqual([refused.status, refused.body['code']], [401, 'token_revoked'])
      })

      test('[24.10] metadata, links and assets are below the path, and the rest is the application’s', async () => {
        await using app = await startApplication(framework, path)
        const names = ['oauth-authorization-server', 'openid-configuration']
        for (const name of names)
          for (const url of [
            `${app.origin}/.well-known/${name}${path}`,
            `${app.url}/.well-known/${name}`,
          ]) {
            const metadata = (await (await fetch(url)).json()) as Record<string, string>
            assert.equal(metadata['issuer'], app.url)
            assert.equal((await fetch(String(metadata['jwks_uri']))).status, 200)
          }
        const page = await (await fetch(`${app.url}/sign-in`)).text()
        const links = [...page.matchAll(/(?:href|src|action)="(\/[^"]*)"/g)].map(
          ([, to = '']) => to,
        )
        assert.ok(links.length > 3)
        for (const link of links) {
          assert.ok(link.startsWith(`${path}/`), link)
          const { status } = await fetch(app.origin + link)
          assert.equal(status, 200, link)
        }
        for (const [own, text] of [
          ['/', 'home'],
          ['/assets/images/logo.svg', 'logo'],
        ] as const)
          assert.equal(await (await fetch(app.origin + own)).text(), text)
        assert.equal((await fetch(`${app.origin}/none`)).status, 404)
      })

      test('[24.11] a client has the address of its socket, whatever its headers say', async () => {
        await using app = await startApplication(framework, path)
        const response = await fetch(`${app.url}/login`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-forwarded-for': '192.0.2.7' },
          body: JSON.stringify({ username: 'admin', password: 'password' }),
        })
        const { token } = (await response.json()) as { readonly token: string }
        const headers = { authorization: `Bearer ${token}` }
        const log = await (await fetch(`${app.url}/admin/audit-log`, { headers })).text()
        assert.match(log, /127\.0\.0\.1/)
        assert.doesNotMatch(log, /192\.0\.2\.7/)
      })

      test('a body that is too large, malformed or of another type is refused', async () => {
        await using app = await startApplication(framework, path)
        const statusOf = async (body: string, type = 'application/json') => {
          const headers = { 'content-type': type }
          return (await fetch(`${app.url}/login`, { method: 'POST', headers, body })).status
        }
        assert.equal(await statusOf('x'.repeat(70_000)), 413)
        assert.equal(await statusOf('{"username"'), 400)
        assert.equal(await statusOf(JSON.stringify(ada), 'text/plain'), 415)
      })

      test('[24.12] the feed reports a revocation, and ends when the application stops', async () => {
        await using app = await startApplication(framework, path)
        const { body } = await post(`${app.url}/login`, { username: 'admin', password: 'password' })
        const feed = await readFeed(fetch, { url: app.url })
        await post(`${app.url}/logout`, { refresh_token: body['refresh_token'] }).catch(() => {})
        assert.ok(await feed.nextChange())
        const closed = app.close()
        while (await feed.next());
        await closed
      })
    })
