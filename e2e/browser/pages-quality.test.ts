// What every page must be, whatever it shows: usable by everybody, light, and a matter between the browser and this server alone.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { developmentPages } from '../../packages/server/src/http/pages/pages.ts'
import { howToGetChromium } from '@countersign/testing/browser'
import { executable, openPages, signInOn, type PagesWorld } from '@countersign/testing/pages'

const skip = executable ? false : howToGetChromium
const axe = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
const phone = { width: 390, height: 844 }
const desktop = { width: 1280, height: 800 }

/** What axe finds against a page. */
interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string }[]
}

/** Every page as a guest and as somebody who is signed in, and those that tell of something wrong. */
async function* everyState(world: PagesWorld, page: Page): AsyncGenerator<string> {
  const { url } = world
  for (const { path } of developmentPages) {
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
  yield 'sign-in in vain'
  await page.goto(`${url}/nowhere`)
  yield 'no page'
  await signInOn(page, url)
  for (const { path } of developmentPages) {
    await page.goto(url + path)
    yield `${path} signed in`
  }
  await page.goto(`${url}/account`)
  for (const one of await page.locator('summary').all()) await one.click()
  yield 'the account unfolded'
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(
    `axe finds nothing serious on any page, ${colorScheme}; nothing is wider than a phone`,
    { skip },
    async () => {
      await using world = await openPages()
      const page = await world.open({ colorScheme, viewport: phone, reducedMotion: 'reduce' })
      let states = 0
      for await (const state of everyState(world, page)) {
        states++
        await page.evaluate(axe)
        const { violations } = await page.evaluate<{ violations: readonly Violation[] }>(
          'axe.run()',
        )
        const found = violations.map(
          ({ id, impact, nodes }) => `${impact}: ${id}: ${nodes[0]?.html}`,
        )
        assert.deepEqual(found, [], state)
        const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
        assert.ok(wide <= phone.width, `${state}: ${wide} wide`)
      }
      assert.ok(states > 15)
    },
  )
}

test(
  'the first load of sign-in is 30 kB at most, and no page asks anybody but this server',
  { skip },
  async () => {
    await using world = await openPages()
    const { url } = world
    const page = await world.open({ viewport: desktop })
    const asked = new Set<string>()
    page.on('request', (request) => asked.add(new URL(request.url()).origin))
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('console', (line) => {
      if (/Content.Security|Trusted|blocked|refused to/i.test(line.text())) faults.push(line.text())
    })
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
      `the second time ${bytes - first}: what is kept is not asked for`,
    )
    for await (const _ of everyState(world, page));
    assert.deepEqual([...asked], [url])
    assert.deepEqual(faults, [])
  },
)

interface Stop {
  readonly name: string
  readonly visible: boolean
}

/** Asks the page what has the focus, and whether it shows. */
const focused = `(() => {
  const one = document.activeElement
  if (!one || one === document.body) return undefined
  const { outlineStyle, outlineWidth } = getComputedStyle(one)
  const name = one.getAttribute('aria-label') ?? one.textContent.trim()
  return { name, visible: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 }
})()`

test(
  'every page is used with the keyboard alone: what has the focus shows it, and the first stop skips to the content',
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
      const stop = await page.evaluate<Stop | undefined>(focused)
      if (!stop) break
      assert.ok(stop.visible, `${stop.name} shows no focus`)
      stops.add(stop.name)
    }
    for (const name of ['Change password', 'Add an e-mail address', 'Delete …', 'Token debugger'])
      assert.ok(stops.has(name), name)
  },
)
