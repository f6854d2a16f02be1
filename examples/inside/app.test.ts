import { createAuth, type Auth } from '@countersign/server'
import { findChromium, howToGetChromium, startBrowser } from '@countersign/testing/browser'
import { freePort } from '@countersign/testing/http'
import { serve, type ServerType } from '@hono/node-server'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, suite, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import * as express from './express.ts'
import * as fastify from './fastify.ts'
import * as fetching from './fetch.ts'
import * as hono from './hono.ts'

type Stop = () => unknown

/** Serves each application on a port of this machine. */
const launchers: Readonly<Record<string, (auth: Auth, port: number) => Promise<Stop>>> = {
  hono: (auth, port) => listen(serve({ ...hono.createApp(auth), hostname: 'localhost', port })),
  express: (auth, port) => listen(express.createApp(auth).listen(port, 'localhost')),
  async fastify(auth, port) {
    const app = fastify.createApp(auth)
    await app.listen({ port, host: 'localhost' })
    return () => app.close()
  },
  fetch(auth, port) {
    const handle = fetching.createApp(auth)
    const fetch = (request: Request) => handle(request, '127.0.0.1')
    return listen(serve({ fetch, hostname: 'localhost', port }))
  },
}

async function listen(server: ServerType): Promise<Stop> {
  await once(server, 'listening')
  return () => server.close()
}

/** The routes of the Next.js application by their folders, as Next.js finds them. */
async function serveNext(port: number): Promise<Stop> {
  const routes: readonly (readonly [RegExp, object])[] = [
    [/^\/auth(\/|$)/, await import('./next/app/auth/[[...path]]/route.ts')],
    [/^\/\.well-known\/[^/]+\/auth$/, await import('./next/app/.well-known/[name]/auth/route.ts')],
    [/^\/notes$/, await import('./next/app/notes/route.ts')],
    [/^\/page\.js$/, await import('./next/app/page.js/route.ts')],
    [/^\/$/, await import('./next/app/route.ts')],
  ]
  type Handlers = Readonly<Record<string, ((request: Request) => Promise<Response>) | undefined>>
  const fetch = async (request: Request) => {
    const { pathname } = new URL(request.url)
    const found = routes.find(([pattern]) => pattern.test(pathname))?.[1] as Handlers | undefined
    return found?.[request.method]?.(request) ?? new Response('Not found', { status: 404 })
  }
  return listen(serve({ fetch, hostname: 'localhost', port }))
}

const env = {
  COUNTERSIGN_DATABASE_URL: 'sqlite::memory:',
  COUNTERSIGN_LOG_LEVEL: 'silent',
  COUNTERSIGN_USERS_REGISTRATION: 'open',
}
const password = 'correct horse battery'

/** Signs up on Countersign's page, signs in on the application's own, goes on after the access token has expired, and signs out. */
async function useInBrowser(page: Page, origin: string, path: string) {
  const errors: Error[] = []
  page.on('pageerror', (error) => errors.push(error))
  await page.goto(`${origin}/`)
  await page.getByRole('link', { name: 'Create an account' }).click()
  await page.waitForURL(`${origin}${path}/sign-up`)
  await page.getByLabel('User name').fill('ada')
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.waitForURL(`${origin}${path}/account`)
  await page.goto(`${origin}/`)
  await page.getByText('Notes of ada').waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('User name').fill('ada')
  await page.getByLabel('Password').fill('wrong')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('Invalid credentials').waitFor()
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('Notes of ada').waitFor()
  await page.context().clearCookies({ name: 'countersign_access' }) // as a browser does when the cookie expires
  await page.reload()
  await page.getByText('Notes of ada').waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  assert.equal((await page.request.get(`${origin}/notes`)).status(), 401)
  assert.deepEqual(errors, [])
}

const chromium = findChromium()

suite(
  'Countersign inside an application, in a browser',
  { skip: chromium ? false : howToGetChromium },
  () => {
    let browser: Browser
    before(async () => {
      browser = await startBrowser(String(chromium))
    })
    after(() => browser.close())

    async function inBrowser(origin: string, path: string) {
      const context = await browser.newContext()
      context.setDefaultTimeout(90_000) // other tests run in parallel
      await useInBrowser(await context.newPage(), origin, path)
      await context.close()
    }

    for (const [name, path] of [
      ['hono', '/auth'],
      ['express', ''],
      ['fastify', '/auth'],
      ['fetch', ''],
    ] as const)
      test(`${name}, at ${path}/`, async () => {
        const port = await freePort()
        const origin = `http://localhost:${port}`
        await using auth = await createAuth({ url: origin + path, mode: 'development', env })
        const stop = await launchers[name]?.(auth, port)
        await inBrowser(origin, path)
        await stop?.()
      })

    test('Next.js, at /auth/', async () => {
      const port = await freePort()
      const origin = `http://localhost:${port}`
      Object.assign(process.env, env, { URL: `${origin}/auth`, NODE_ENV: 'development' })
      const stop = await serveNext(port)
      await inBrowser(origin, '/auth')
      const metadata = await fetch(`${origin}/.well-known/oauth-authorization-server/auth`)
      assert.equal(
        ((await metadata.json()) as { readonly issuer: string }).issuer,
        `${origin}/auth`,
      )
      const { auth } = await import('./next/auth.ts')
      await stop()
      await (await auth()).close()
    })
  },
)
