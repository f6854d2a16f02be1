// The quality of every page, whatever it shows: accessible, light, and loaded from this server alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { addMachines } from '../../packages/server/src/http/pages/console/clients/machines.fixture.ts'
import { developmentPages } from '../../packages/server/src/http/pages/pages.ts'
import { openBrowser } from '../../packages/server/src/http/pages/test-browser.fixture.ts'
import { violationsOf, widthOf, type ColorScheme } from '@countersign/testing/axe'
import { howToGetChromium } from '@countersign/testing/browser'
import {
  executable,
  openPages,
  password,
  signInOn,
  type PagesWorld,
} from '@countersign/testing/pages'
import { formOf } from '@countersign/testing/proofs'
import { newApplications, newMachines } from './console-states.fixture.ts'
import { newPasskey } from './passkeys.fixture.ts'

const skip = executable ? false : howToGetChromium
const phone = { width: 390, height: 844 }
const desktop = { width: 1280, height: 800 }

/** The pages that a guest sees: the others show the sign-in page. The long reference of the API is the same for everyone. */
const guestPages = developmentPages.filter(
  ({ access, path }) => access === 'public' && path !== '/docs',
)

/** Adds machines and a user. Returns a function that fills their ids into the path of a page. */
async function addContents({ server, url }: PagesWorld): Promise<(path: string) => string> {
  const admin = openBrowser(server, url)
  await admin.signIn()
  const machine = await addMachines(admin)
  const grace = { username: 'grace', new_password: password, email: '', roles: 'editor' }
  await admin.send('/console/users/add', grace)
  const { text } = await admin.get('/console/users?search=grace')
  const [id = ''] = /u_[\w-]{22}/.exec(text) ?? []
  return (path) => machine(path) ?? path.replace(':id', id).replace(':code', 'session_ended')
}

/** Visits every page as a guest and as a signed-in user, and pages that show an error; yields the name of each state. Those of mail have a test of their own. */
async function* everyState(world: PagesWorld, page: Page): AsyncGenerator<string> {
  const { url } = world
  for (const { path } of guestPages) {
    await page.goto(url + path)
    yield `${path} as a guest`
  }
  await page.locator('[data-step], h1').first().waitFor()
  await page.goto(url)
  await page.locator('[data-step=login]').click()
  await page.locator('#out-look .token').waitFor()
  await page.locator('[data-step=call]').click()
  await page.locator('#out-call .code').waitFor()
  const to = await page.locator('#to-debugger').getAttribute('href')
  yield 'the tour under way'
  await page.goto(String(to))
  await page.locator('.banner').waitFor()
  yield 'the debugger with a token'
  await page.goto(`${url}/sign-in`)
  await page.getByLabel('Password').fill('wrong')
  await page.getByLabel('User name').fill('nobody')
  await page.keyboard.press('Enter')
  await page.locator('.fault').waitFor()
  yield 'a failed sign-in'
  await page.goto(`${url}/nowhere`)
  yield 'page not found'
  await signInOn(page, url)
  const fill = await addContents(world)
  for (const { path } of developmentPages) {
    await page.goto(url + fill(path))
    yield `${path} signed in`
  }
  yield* newMachines(page, url)
  yield* newApplications(page, url)
  await page.goto(`${url}/account`)
  for (const one of await page.locator('summary').all()) await one.click()
  yield 'the account unfolded'
  yield* newPasskey(page, url)
}

/** The findings of one visit of every page: the states, the violations in each colour scheme, the widths, and what was requested and blocked. */
interface Audit {
  readonly url: string
  readonly states: readonly string[]
  readonly light: readonly string[]
  readonly dark: readonly string[]
  readonly tooWide: readonly string[]
  readonly origins: ReadonlySet<string>
  /** Errors of scripts, and violations of the policies of the pages. */
  readonly faults: readonly string[]
}

let audit: Promise<Audit> | undefined

/** Returns the colour schemes that axe checks. The dark scheme of pages that appear elsewhere too is left to `npm run proofs -- pages`. */
function schemesOf(isElsewhere: boolean): readonly ColorScheme[] {
  const short = isElsewhere ? (['light'] as const) : (['dark', 'light'] as const)
  return formOf({ short, long: ['dark', 'light'] })
}

async function auditPages(): Promise<Audit> {
  await using world = await openPages()
  const page = await world.open({ viewport: phone, reducedMotion: 'reduce' })
  const found = { states: [] as string[], light: [] as string[], dark: [] as string[] }
  const tooWide: string[] = []
  const { origins, faults } = watch(page)
  for await (const state of everyState(world, page)) {
    found.states.push(state)
    for (const colorScheme of schemesOf(state.endsWith('as a guest')))
      // they appear again for a signed-in user
      for (const one of await violationsOf(page, colorScheme))
        found[colorScheme].push(`${state}: ${one}`)
    const width = await widthOf(page)
    if (width > phone.width) tooWide.push(`${state}: ${width}`)
  }
  return { ...found, url: world.url, tooWide, origins, faults }
}

/** Collects the origins that a page sends requests to, and its faults. */
function watch(page: Page) {
  const origins = new Set<string>()
  const faults: string[] = []
  page.on('request', (request) => origins.add(new URL(request.url()).origin))
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (line) => {
    if (/Content.Security|Trusted|blocked|refused to/i.test(line.text())) faults.push(line.text())
  })
  return { origins, faults }
}

for (const colorScheme of ['light', 'dark'] as const)
  test(
    `axe finds nothing serious on any page, ${colorScheme}; nothing is wider than a phone`,
    { skip },
    async () => {
      const { states, tooWide, ...found } = await (audit ??= auditPages())
      assert.deepEqual(found[colorScheme], [])
      assert.deepEqual(tooWide, [])
      assert.ok(states.length > 15)
    },
  )

test(
  'in German axe finds nothing on the pages of users and administrators, on a desktop; none is wider than a phone',
  { skip },
  async () => {
    await using world = await openPages()
    const page = await world.open({ viewport: desktop, locale: 'de-DE', reducedMotion: 'reduce' })
    await page.addInitScript("addEventListener('resize', (e) => e.stopImmediatePropagation())") // the style sheet alone must adapt
    await signInOn(page, world.url)
    const fill = await addContents(world)
    const found: string[] = []
    for (const { path, access } of developmentPages) {
      if (access === 'public') continue // german.test.ts and mail-pages.test.ts have those
      assert.equal((await page.goto(world.url + fill(path)))?.status(), 200, path)
      for (const colorScheme of schemesOf(true))
        for (const one of await violationsOf(page, colorScheme)) found.push(`${path}: ${one}`)
      await page.setViewportSize(phone)
      if ((await widthOf(page)) > phone.width) found.push(`${path} is wider than a phone`)
      await page.setViewportSize(desktop)
    }
    assert.deepEqual(found, [])
  },
)

test(
  'the first load of sign-in is 30 kB at most, and every page sends requests to this server only',
  { skip },
  async () => {
    await using world = await openPages()
    const { url } = world
    const page = await world.open({ viewport: desktop })
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    let bytes = 0
    session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength))
    await page.goto(`${url}/sign-in`, { waitUntil: 'networkidle' })
    const first = bytes
    assert.ok(first > 1000 && first <= 30_000, `${first} bytes`)
    await page.goto(`${url}/sign-in`, { waitUntil: 'networkidle' })
    assert.ok(
      bytes - first < 6000,
      `the second load takes ${bytes - first} bytes: cached files are not requested again`,
    )
    const audited = await (audit ??= auditPages())
    assert.deepEqual([...audited.origins], [audited.url])
    assert.deepEqual(audited.faults, [])
  },
)

/** An expression for the page: the focused element, and whether its focus is visible. */
const focused = `(() => {
  const one = document.activeElement
  if (!one || one === document.body) return undefined
  const { outlineStyle, outlineWidth } = getComputedStyle(one)
  const name = one.getAttribute('aria-label') ?? one.textContent.trim()
  return { name, visible: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 }
})()`

test(
  'every page can be used with the keyboard alone: the focus is visible, and the first stop skips to the content',
  { skip },
  async () => {
    await using world = await openPages()
    const page = await world.open({ viewport: desktop })
    await signInOn(page, world.url)
    await page.goto(`${world.url}/account`)
    await page.keyboard.press('Tab')
    assert.ok(await page.evaluate('document.activeElement.matches(".skip")'))
    await page.keyboard.press('Enter')
    assert.equal(await page.evaluate('document.activeElement.id'), 'main')
    const stops = new Set<string>()
    for (let left = 40; left > 0; left--) {
      await page.keyboard.press('Tab')
      const stop = await page.evaluate<{ name: string; visible: boolean } | undefined>(focused)
      if (!stop) break
      assert.ok(stop.visible, `${stop.name} shows no focus`)
      stops.add(stop.name)
    }
    for (const name of ['Change password', 'Add an e-mail address', 'Delete …', 'Token debugger'])
      assert.ok(stops.has(name), name)
  },
)
