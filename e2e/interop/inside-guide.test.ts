// Runs what the guide about Countersign inside an application shows.
import type { Auth } from '@countersign/server'
import type { NextAuth } from '@countersign/server/next'
import { blockOf, importBlock, serving, type App, type FetchApp } from '@countersign/testing/guides'
import { post } from '@countersign/testing/http'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'

const guide = 'inside-your-application.md'

Object.assign(process.env, {
  NODE_ENV: 'development',
  COUNTERSIGN_DATABASE_URL: 'sqlite::memory:',
  COUNTERSIGN_LOG_LEVEL: 'silent',
})

suite('five lines put Countersign into an application, in', () => {
  for (const [at, name] of ['Hono', 'Express', 'Fastify', 'fetch'].entries())
    test(name, async () => {
      const {
        auth,
        app,
        fetch: handle,
      } = await importBlock<{
        readonly auth: Auth
        readonly app?: App
        readonly fetch?: FetchApp['fetch']
      }>(guide, at + 1)
      await using _ = auth
      await using served = await serving(app ?? { fetch: handle! })
      const { body } = await post(`${served.url}/auth/login`, {
        username: 'admin',
        password: 'password',
      })
      const headers = { authorization: `Bearer ${String(body['token'])}` }
      assert.equal((await fetch(`${served.url}/notes`)).status, 401)
      assert.equal((await fetch(`${served.url}/notes`, { headers })).status, 200)
    })

  test('Next.js', async () => {
    const { handlers, guarded, auth } = await importBlock<NextAuth>(guide, 5)
    const page = await handlers.GET(new Request('http://localhost:3000/auth/sign-in'))
    assert.equal(page.status, 200)
    const notes = guarded(undefined, () => new Response('notes'))
    assert.equal((await notes(new Request('http://localhost:3000/notes'))).status, 401)
    await (await auth()).close()
  })
})

test('[24.27] the form of the guide signs in, but not from another site, and the hooks can refuse', async () => {
  const { auth } = await importBlock<{ readonly auth: Auth }>(guide, 6)
  await using _ = auth
  const form = blockOf(guide, 'html', 1)
  const [, action = ''] = /action="([^"]+)"/.exec(form) ?? []
  const names = [...form.matchAll(/name="([^"]+)"/g)].map(([, name = '']) => name)
  assert.deepEqual(names, ['username', 'password', 'return_to'])
  const send = (origin: string) =>
    auth.fetch(
      new Request(`http://localhost:3000${action}`, {
        method: 'POST',
        headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
        body: String(
          new URLSearchParams({ username: 'admin', password: 'password', return_to: '/' }),
        ),
      }),
    )
  const own = await send('http://localhost:3000')
  assert.deepEqual([own.status, own.headers.get('location')], [303, '/'])
  assert.ok(own.headers.getSetCookie().length >= 2)
  const foreign = await send('https://evil.example')
  assert.deepEqual([foreign.status, foreign.headers.getSetCookie()], [403, []])
})
