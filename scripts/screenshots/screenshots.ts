// Takes the pictures of the pages. `npm run screenshots` takes those that docs/screenshots keeps; `-- --every` takes every page, whole, in each
// window, scheme and language, into `screenshots/`, which is not committed: for a look at each after a change. Words take only the pictures whose
// name contains each of them: `-- --every console phone-dark`.
import { testServer } from '@countersign/server/testing'
import { fixedClock } from '@countersign/token/testing'
import { newApplication } from '../../packages/server/src/http/pages/console/clients/machines.fixture.ts'
import { openBrowser } from '../../packages/server/src/http/pages/test-browser.fixture.ts'
import { mkdirSync, statSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { findChromium, howToGetChromium, startBrowser } from '@countersign/testing/browser'
import { freePort } from '@countersign/testing/http'
import { shots, type Shot } from './shots.ts'

const windows = {
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 800 },
} as const
const password = 'four loose words here'
const users = { ada: password, admin: 'password' } as const
const agents = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
]

/** Creates users with sessions on several devices, an invitation, an application, a mail, and an hour with sign-ins and failures. */
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
  const [phone = '', desktop = ''] = agents
  const ada = { username: 'ada', password }
  await post('/register', { ...ada, email: 'ada@example.com' }, phone, '203.0.113.7')
  await server.runJobs() // sends mails
  server.clock.advance(86_400 * 3)
  await post('/login', ada, phone, '203.0.113.7')
  server.clock.advance(7200)
  await post('/login', { ...ada, password: 'guess' }, desktop, '198.51.100.23')
  const admin = openBrowser(server)
  await admin.signIn()
  await admin.send('/console/clients/add-application', newApplication)
  await admin.send('/console/invitations/add', { roles: 'editor', days: '7' })
  for (const [username, roles] of [
    ['grace', 'admin'],
    ['edsger', 'editor'],
    ['barbara', ''],
  ])
    await admin.send('/console/users/add', {
      username: username ?? '',
      new_password: password,
      email: `${username}@example.com`,
      roles: roles ?? '',
    })
  await admin.send('/forgot-password', { email: 'ada@example.com' })
  await server.runJobs()
  for (let minute = 0; minute < 55; minute += 5) {
    server.clock.advance(300)
    await post('/login', { username: 'grace', password }, desktop, '203.0.113.9')
    if (minute % 15 === 0)
      await post('/login', { username: 'barbara', password: 'guess' }, phone, '198.51.100.23')
  }
  await post('/login', ada, desktop, '203.0.113.7')
  await server.runJobs()
}

/** A picture of one window, colour scheme and language. */
interface Look {
  readonly window: keyof typeof windows
  readonly colorScheme: 'light' | 'dark'
  readonly language: 'en' | 'de'
}

const looks = Object.keys(windows).flatMap((window) =>
  (['light', 'dark'] as const).flatMap((colorScheme) =>
    (['en', 'de'] as const).map((language): Look => {
      return { window: window as Look['window'], colorScheme, language } // a key of `windows`
    }),
  ),
)

/** Returns the ending of a picture's name, such as `phone-dark-de`; light and English have none. */
function endingOf({ window, colorScheme, language }: Look): string {
  const parts = [window, colorScheme === 'dark' && 'dark', language === 'de' && 'de']
  return parts.filter(Boolean).join('-')
}

/** Opens one window for each visitor, which is signed in once, and takes the pictures of a look. */
async function take(browser: Browser, look: Look, wanted: readonly Shot[]) {
  for (const as of ['guest', 'ada', 'admin'] as const) {
    const own = wanted.filter((shot) => shot.as === as)
    if (own.length === 0) continue
    const context = await browser.newContext({
      viewport: windows[look.window],
      colorScheme: look.colorScheme,
      reducedMotion: 'reduce',
      locale: look.language === 'de' ? 'de-DE' : 'en-GB',
    })
    const page = await context.newPage()
    if (as !== 'guest') {
      await page.goto(`${url}/sign-in`)
      await page.locator('[name=username]').fill(as)
      await page.locator('[name=password]').fill(users[as])
      await page.keyboard.press('Enter')
      await page.waitForURL(`${url}/account`)
    }
    for (const shot of own) {
      await shot.go(page, url)
      const file = new URL(`${shot.name}-${endingOf(look)}.png`, folder)
      await page.screenshot({
        path: file.pathname,
        animations: 'disabled',
        fullPage: every && shot.name !== 'docs',
      })
      console.log(`${file.pathname.split('/').at(-1)} ${Math.ceil(statSync(file).size / 1024)} kB`)
    }
    await context.close()
  }
}

const executable = findChromium()
if (executable === undefined) throw new Error(howToGetChromium)
const words = process.argv.slice(2)
const every = words.includes('--every')
const parts = words.filter((word) => !word.startsWith('--'))
const folder = new URL(every ? '../../screenshots/' : '../../docs/screenshots/', import.meta.url)
mkdirSync(folder, { recursive: true })
const port = await freePort()
const url = `http://localhost:${port}`
const clock = fixedClock(Math.floor(Date.now() / 1000) - 86_400 * 3 - 10_500)
const env = { COUNTERSIGN_HTTP_PORT: String(port), COUNTERSIGN_USERS_REGISTRATION: 'open' }
await using server = await testServer(env, clock)
await server.listen()
await furnish(server)
await using browser = await startBrowser(executable)
for (const look of looks) {
  const wanted = shots.filter(({ name, kept }) => {
    const picture = `${name}-${endingOf(look)}`
    return (
      (every || kept?.some((one) => one === endingOf(look))) &&
      parts.every((part) => picture.includes(part))
    )
  })
  await take(browser, look, wanted)
}
