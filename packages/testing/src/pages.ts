import { testServer, type TestServer } from '@countersign/server/testing'
import { fixedClock } from '@countersign/token/testing'
import { after } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { findChromium, startBrowser } from './browser.ts'
import { freePort } from './http.ts'

/** The path of Chromium; `undefined` if tests in a browser are skipped. */
export const executable = findChromium()

/** A password that the server accepts. */
export const password = 'four loose words here'

/** A server with pages, and a browser. */
export interface PagesWorld extends AsyncDisposable {
  readonly server: TestServer
  readonly browser: Browser
  readonly port: number
  /** The issuer, `http://localhost:…`. */
  readonly url: string
  /** Opens a window in a browser context of its own, which shares nothing with others. */
  open(options?: Parameters<Browser['newContext']>[0]): Promise<Page>
}

let shared: Promise<Browser> | undefined
after(async () => (await shared)?.close())

/** Starts a server with a clock that starts at the current time and is advanced by hand, and one browser for the whole test file. */
export async function openPages(env: Readonly<Record<string, string>> = {}): Promise<PagesWorld> {
  if (executable === undefined) throw new Error('there is no browser: the test must be skipped')
  const port = await freePort()
  const settings = { COUNTERSIGN_HTTP_PORT: String(port), COUNTERSIGN_USERS_REGISTRATION: 'open' }
  const server = await testServer(
    { ...settings, ...env },
    fixedClock(Math.floor(Date.now() / 1000)),
  )
  await server.listen()
  shared ??= startBrowser(executable)
  const browser = await shared
  const contexts: BrowserContext[] = []
  return {
    server,
    browser,
    port,
    url: `http://localhost:${port}`,
    async open(options = {}) {
      const context: BrowserContext = await browser.newContext(options)
      contexts.push(context)
      context.setDefaultTimeout(30_000)
      return context.newPage()
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(contexts.map((context) => context.close()))
      await server.close()
    },
  }
}

/** Signs in on the sign-in page. */
export async function signInOn(
  page: Page,
  url: string,
  user: { readonly username: string; readonly password: string } = {
    username: 'admin',
    password: 'password',
  },
): Promise<void> {
  await page.goto(`${url}/sign-in`)
  await page.locator('[name=username]').fill(user.username)
  await page.locator('[name=password]').fill(user.password)
  await page.locator('main button.primary').click() // in any language
  await page.waitForURL(`${url}/account`)
}
