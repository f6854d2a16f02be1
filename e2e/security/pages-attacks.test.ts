// Attacks of another site in the same browser against a signed-in user: a standards-conforming browser and this server prevent all of them.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { howToGetChromium } from '@countersign/testing/browser'
import { executable, openPages, signInOn } from '@countersign/testing/pages'

const skip = executable ? false : howToGetChromium

/** Serves an attacker's site with the given pages. `127.0.0.1` is another site than `localhost`; another port is the same site. */
async function evilSite(pages: Readonly<Record<string, string>>) {
  const server = createServer((request, response) => {
    const page = pages[request.url ?? ''] ?? ''
    response.setHeader('content-type', 'text/html').end(`<!doctype html><title>evil</title>${page}`)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    crossSite: `http://127.0.0.1:${port}`,
    sameSite: `http://localhost:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const form = (action: string, fields: Readonly<Record<string, string>>) =>
  `<form method="post" action="${action}">${Object.entries(fields)
    .map(([name, value]) => `<input name="${name}" value="${value}">`)
    .join('')}</form><script>document.forms[0].submit()</script>`

/** Opens a page that submits a form on load, and returns the status of the response. */
async function submitFrom(page: Page, at: string, action: string): Promise<number> {
  const answered = page.waitForResponse((one) => one.url() === action)
  const left = page.goto(at).catch(() => undefined) // the form navigates away before the page has loaded
  const status = (await answered).status()
  await left
  await page.waitForLoadState()
  return status
}

test(
  '[G50] forms of another site are refused, whether the user is signed in or not',
  { skip },
  async () => {
    await using world = await openPages()
    const { url } = world
    const admin = { username: 'admin', password: 'password' }
    const actions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      '/sign-in': admin,
      '/sign-up': { username: 'mallory', new_password: 'four loose words here', email: '' },
      '/sign-out': {},
      '/account/devices/end-others': {},
      '/account/password': { current_password: 'password', new_password: 'four loose words here' },
      '/account/email': { email: 'mallory@example.com', password: 'password' },
      '/account/delete': { password: 'password' },
    }
    const pages = Object.entries(actions).map(([path, fields]) => [path, form(url + path, fields)])
    await using evil = await evilSite(Object.fromEntries(pages) as Record<string, string>)
    const [member, guest] = [await world.open(), await world.open()]
    await signInOn(member, url)
    const before = await member.context().cookies()
    for (const path of Object.keys(actions))
      for (const site of [evil.crossSite, evil.sameSite]) {
        assert.equal(await submitFrom(member, site + path, url + path), 403, site + path)
        assert.equal(await submitFrom(guest, site + path, url + path), 403, site + path)
      }
    assert.deepEqual(
      await guest.context().cookies(),
      [],
      'no guest was signed in to another account',
    )
    assert.deepEqual(await member.context().cookies(), before)
    await member.goto(`${url}/account`)
    assert.equal(await member.locator('h1').textContent(), 'admin')
  },
)

test(
  '[G49, G50] no script of another site can sign in, read data or end a session',
  { skip },
  async () => {
    await using world = await openPages()
    const { url } = world
    await using evil = await evilSite({})
    const page = await world.open()
    await signInOn(page, url)
    for (const site of [evil.crossSite, evil.sameSite]) {
      await page.goto(site)
      const outcomes = await page.evaluate(async (target) => {
        const body = new URLSearchParams({ username: 'admin', password: 'password' })
        const attempts: Readonly<Record<string, () => Promise<Response>>> = {
          read: () => fetch(`${target}/account`, { credentials: 'include' }),
          me: () => fetch(`${target}/me`, { credentials: 'include' }),
          end: () => fetch(`${target}/sessions`, { method: 'DELETE', credentials: 'include' }),
          send: () => fetch(`${target}/sign-in`, { method: 'POST', body, credentials: 'include' }),
        }
        const one = async (attempt: () => Promise<Response>) => {
          try {
            return (await attempt()).status
          } catch {
            return 'unread'
          }
        }
        return Promise.all(Object.values(attempts).map(one))
      }, url)
      assert.deepEqual(outcomes, ['unread', 'unread', 'unread', 'unread'], site)
      const status = await page.evaluate(async (target) => {
        const body = new URLSearchParams()
        const sent = { method: 'POST', body, mode: 'no-cors', credentials: 'include' } as const
        const answer = await fetch(`${target}/sign-out`, sent).catch(() => undefined)
        return answer?.status
      }, url)
      assert.equal(status, undefined, 'the request is sent and refused')
    }
    await page.goto(`${url}/account`)
    assert.equal(await page.locator('h1').textContent(), 'admin')
  },
)

test('no page is shown in a frame of another site', { skip }, async () => {
  await using world = await openPages()
  const { url } = world
  const frames = ['/account', '/sign-in', '/sign-out', '/']
  await using evil = await evilSite({
    '/': frames.map((path) => `<iframe src="${url}${path}"></iframe>`).join(''),
  })
  const page = await world.open()
  await signInOn(page, url)
  for (const site of [evil.crossSite, evil.sameSite]) {
    await page.goto(site, { waitUntil: 'load' })
    const shown = page.frames().filter((frame) => frame !== page.mainFrame())
    assert.equal(shown.length, frames.length)
    for (const frame of shown) {
      const text = await frame.evaluate<string>('document.body?.innerText ?? ""').catch(() => '')
      assert.doesNotMatch(text, /admin|Sign in|Sign out|Log in/, site)
    }
  }
})

test(
  'a link on another site opens the page of the signed-in user, also when the access token has expired',
  { skip },
  async () => {
    await using world = await openPages()
    const { url } = world
    await using evil = await evilSite({ '/': `<a href="${url}/account?from=there">go</a>` })
    const page = await world.open()
    await signInOn(page, url)
    for (const site of [evil.crossSite, evil.sameSite]) {
      world.server.clock.advance(2000)
      await page.context().clearCookies({ name: 'countersign_access' }) // as if its Max-Age had passed
      await page.goto(site)
      await page.getByText('go').click()
      await page.waitForURL(`${url}/account?from=there`)
      await page.getByRole('heading', { name: 'admin' }).waitFor()
    }
  },
)

test(
  '[G43] after a sign-in through a link of another site, the user stays on this site',
  { skip },
  async () => {
    await using world = await openPages()
    const { url } = world
    await using evil = await evilSite({ '/': 'You were led astray' })
    const host = new URL(evil.crossSite).host
    const paths = [
      `//${host}`,
      `/\\${host}`,
      `\\\\${host}`,
      `/%2f${host}`,
      `/%5c${host}`,
      `/\t/${host}`,
      evil.crossSite,
      `http:${host}`,
      `http:/${host}`,
      `//${host}/%2e%2e`,
      `/..//${host}`,
      'javascript:document.title="evil"',
    ]
    for (const path of paths) {
      const page = await world.open()
      const first = await page.goto(`${url}/sign-in?return_to=${encodeURIComponent(path)}`)
      if (/[\t\n]/.test(path)) {
        assert.equal(first?.status(), 400, 'a malformed address is refused at once')
        continue
      }
      await page.getByLabel('User name').fill('admin')
      await page.getByLabel('Password').fill('password')
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.waitForURL((one) => one.pathname !== '/sign-in')
      assert.equal(page.url(), `${url}/account`, path)
      await page.goto(`${url}/sign-in?return_to=${encodeURIComponent(path)}`)
      assert.equal(page.url(), `${url}/account`, path)
      await page.context().close()
    }
  },
)
