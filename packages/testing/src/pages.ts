import { testServer, type TestServer } from '@countersign/server/testing'
import { fixedClock } from '@countersign/token/testing'
import { after } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { findChromium, startBrowser } from './browser.ts'
import { freePort } from './http.ts'

/** Where the browser is; nothing where stories in it are skipped. */
export const executable = findChromium()

/** A password that nobody guesses. */
export const password = 'four loose words here'

/** A server with pages, and a browser that looks at them. */
export interface PagesWorld extends AsyncDisposable {
  readonly server: TestServer
  readonly browser: Browser
  readonly port: number
  /** `http://localhost:…`, which is the issuer. */
  readonly url: string
  /** A window of somebody of their own; without script where that is said. */
  open(options?: Parameters<Browser['newContext']>[0]): Promise<Page>
}

let shared: Promise<Browser> | undefined
after(async () => (await shared)?.close())

/** Starts a server of its own, and one browser for the whole test file: windows share nothing. The server's clock stands at the machine's time until it is wound. */
export async function openPages(env: Readonly<Record<string, string>> = {}): Promise<PagesWorld> {
  if (executable === undefined) throw new Error('a story without a browser is skipped')
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

/** Signs in on the page for it. */
export async function signInOn(
  page: Page,
  url: string,
  who: { readonly username: string; readonly password: string } = {
    username: 'admin',
    password: 'password',
  },
): Promise<void> {
  await page.goto(`${url}/sign-in`)
  await page.getByLabel('User name').fill(who.username)
  await page.getByLabel('Password').fill(who.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(`${url}/account`)
}
