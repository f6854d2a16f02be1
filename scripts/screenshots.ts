// Takes the pictures of the pages in docs/screenshots: `npm run screenshots`. With an argument, only those whose name begins with it.
import { testServer } from '@countersign/server/testing'
import { fixedClock } from '@countersign/token/testing'
import { newApplication } from '../packages/server/src/http/pages/console/clients/machines.fixture.ts'
import { openBrowser } from '../packages/server/src/http/pages/test-browser.fixture.ts'
import { mkdirSync, statSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { findChromium, howToGetChromium, startBrowser } from '@countersign/testing/browser'
import { freePort } from '@countersign/testing/http'

const folder = new URL('../docs/screenshots/', import.meta.url)
const windows = {
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 800 },
} as const
const password = 'four loose words here'
const agents = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
]

/** A screenshot: the steps to its page in a new window. */
interface Shot {
  readonly name: string
  readonly windows: readonly (keyof typeof windows)[]
  /** Where the dark one differs by more than its colours, or to show that there is one. */
  readonly dark?: true
  go(page: Page, url: string): Promise<unknown>
}

const shots: readonly Shot[] = [
  {
    name: 'sign-in',
    windows: ['phone', 'desktop'],
    dark: true,
    go: (page, url) => page.goto(`${url}/sign-in`),
  },
  {
    name: 'sign-in-failed',
    windows: ['phone'],
    async go(page, url) {
      await page.goto(`${url}/sign-in`)
      await page.getByLabel('User name').fill('ada')
      await page.getByLabel('Password').fill('wrong')
      await page.keyboard.press('Enter')
      await page.locator('.fault').waitFor()
    },
  },
  {
    name: 'sign-up',
    windows: ['phone', 'desktop'],
    go: (page, url) => page.goto(`${url}/sign-up`),
  },
  {
    name: 'account',
    windows: ['phone', 'desktop'],
    dark: true,
    go: (page, url) => signIn(page, url),
  },
  {
    name: 'delete-account',
    windows: ['phone'],
    async go(page, url) {
      await signIn(page, url)
      await page.goto(`${url}/account/delete`)
    },
  },
  {
    name: 'tour',
    windows: ['phone', 'desktop'],
    dark: true,
    async go(page, url) {
      await page.goto(url)
      await page.locator('[data-step=login]').click()
      await page.locator('#out-look .token').waitFor()
    },
  },
  {
    name: 'debugger',
    windows: ['phone', 'desktop'],
    dark: true,
    async go(page, url) {
      await page.goto(url)
      await page.locator('[data-step=login]').click()
      await page.locator('#to-debugger').click()
      await page.locator('.banner').waitFor()
      if ((page.viewportSize()?.width ?? 0) < 600)
        await page.locator('#found').scrollIntoViewIfNeeded()
    },
  },
  {
    name: 'reset-password',
    windows: ['phone'],
    go: (page, url) => askForPassword(page, url),
  },
  {
    name: 'mailbox',
    windows: ['phone'],
    async go(page, url) {
      await askForPassword(page, url)
      await server.runJobs()
      await page.goto(`${url}/mailbox`)
    },
  },
  inConsole('console', '/console', true),
  inConsole('console-users', '/console/users'),
  inConsole('console-keys', '/console/keys'),
  inConsole('console-audit-log', '/console/audit-log'),
  inConsole('console-new-application', '/console/clients/add-application', true),
  inConsole('console-clients', '/console/clients'),
  {
    name: 'console-application',
    windows: ['phone', 'desktop'],
    dark: true,
    go: openApplication,
  },
  {
    name: 'console-sign-out-application',
    windows: ['phone', 'desktop'],
    async go(page, url) {
      await openApplication(page, url)
      await page.getByRole('link', { name: 'Sign everyone out' }).click()
      await page.getByRole('button', { name: 'Sign everyone out' }).waitFor()
    },
  },
  { name: 'no-page', windows: ['phone'], go: (page, url) => page.goto(`${url}/nowhere`) },
]

/** Opens a page for administrators, and waits for its charts. */
function inConsole(name: string, path: string, dark = false): Shot {
  return {
    name,
    windows: ['phone', 'desktop'],
    ...(dark ? { dark } : {}),
    async go(page, url) {
      await signIn(page, url, { username: 'admin', password: 'password' })
      await page.goto(url + path, { waitUntil: 'networkidle' })
    },
  }
}

async function openApplication(page: Page, url: string) {
  await signIn(page, url, { username: 'admin', password: 'password' })
  await page.goto(`${url}/console/clients`)
  await page.getByRole('link', { name: 'wiki' }).click()
}

async function askForPassword(page: Page, url: string) {
  await page.goto(`${url}/forgot-password`)
  await page.getByLabel('E-mail address').fill('ada@example.com')
  await page.keyboard.press('Enter')
  await page.getByLabel('Code').waitFor()
}

async function signIn(page: Page, url: string, user = { username: 'ada', password }) {
  await page.goto(`${url}/sign-in`)
  await page.getByLabel('User name').fill(user.username)
  await page.getByLabel('Password').fill(user.password)
  await page.keyboard.press('Enter')
  await page.waitForURL(`${url}/account`)
}

/** Creates a user with sessions on three devices, and an application. */
async function furnish(server: Awaited<ReturnType<typeof testServer>>) {
  const post = (path: string, body: object, agent: string, address: string) =>
    server.fetch(
      new Request(`http://localhost${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': agent },
        body: JSON.stringify(body),
      }),
      { address },
    )
  const ada = { username: 'ada', password }
  await post('/register', { ...ada, email: 'ada@example.com' }, agents[0] ?? '', '203.0.113.7')
  server.clock.advance(86_400 * 3)
  await post('/login', ada, agents[0] ?? '', '203.0.113.7')
  server.clock.advance(7200)
  await post('/login', { ...ada, password: 'guess' }, agents[1] ?? '', '198.51.100.23')
  server.clock.advance(3600)
  await post('/login', ada, agents[1] ?? '', '203.0.113.7')
  server.clock.advance(1200)
  const admin = openBrowser(server)
  await admin.signIn()
  await admin.send('/console/clients/add-application', newApplication)
}

async function take(browser: Browser, shot: Shot, url: string) {
  for (const window of shot.windows)
    for (const colorScheme of shot.dark ? (['light', 'dark'] as const) : (['light'] as const)) {
      const settings = { viewport: windows[window], colorScheme, reducedMotion: 'reduce' } as const
      const context = await browser.newContext(settings)
      const page = await context.newPage()
      await shot.go(page, url)
      const file = new URL(
        `${shot.name}-${window}${colorScheme === 'dark' ? '-dark' : ''}.png`,
        folder,
      )
      await page.screenshot({ path: file.pathname, animations: 'disabled' })
      console.log(`${file.pathname.split('/').at(-1)} ${Math.ceil(statSync(file).size / 1024)} kB`)
      await context.close()
    }
}

const executable = findChromium()
if (executable === undefined) throw new Error(howToGetChromium)
mkdirSync(folder, { recursive: true })
const port = await freePort()
const clock = fixedClock(Math.floor(Date.now() / 1000) - 86_400 * 3 - 12_000)
const env = { COUNTERSIGN_HTTP_PORT: String(port), COUNTERSIGN_USERS_REGISTRATION: 'open' }
await using server = await testServer(env, clock)
await server.listen()
await furnish(server)
await using browser = await startBrowser(executable)
const wanted = process.argv[2] ?? ''
for (const shot of shots.filter(({ name }) => name.startsWith(wanted)))
  await take(browser, shot, `http://localhost:${port}`)
