import { fixedClock } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { findChromium, howToGetChromium, startBrowser } from '@countersign/testing/browser'
import {
  ask,
  openSite,
  signIn,
  stateOf,
  windAll,
  type Site,
  type SiteOptions,
} from './site.fixture.ts'

const chromium = findChromium()
const day = 86_400 // seconds
const at = 1_800_000_000

suite('tabs in a real browser', { skip: chromium ? false : howToGetChromium }, () => {
  let browser: Browser
  before(async () => {
    browser = await startBrowser(String(chromium))
  })
  after(() => browser.close())

  const openTabs = async (site: Site, many: number, context?: BrowserContext) => {
    const shared = context ?? (await browser.newContext())
    const pages: Page[] = []
    for (let opened = 0; opened < many; opened++) pages.push(await site.open(shared))
    return { context: shared, pages, first: pages[0] as Page }
  }

  for (const many of [2, 10]) {
    for (const mode of ['bearer', 'cookie'] as const) {
      test(`[G38] ${many} tabs refresh at once through 25 tokens, by ${mode}: one refresh for each, and nobody is signed out`, async () => {
        const clock = fixedClock(at)
        await using site = await openSite({ clock, mode })
        const { pages, first, context } = await openTabs(site, many)
        await signIn(first)
        await Promise.all(pages.map(stateOf))
        for (let life = 1; life <= 25; life++) {
          await windAll(clock, pages, 900)
          const answers = await Promise.all(pages.map((page) => ask(page)))
          assert.deepEqual(
            answers,
            pages.map(() => 200),
          )
          assert.equal(site.count('POST /refresh'), life)
        }
        await context.close()
      })
    }
  }

  const realTime: readonly (readonly [string, number, SiteOptions])[] = [
    ['two tabs', 2, {}],
    ['ten tabs', 10, {}],
    ['two tabs with cookies', 2, { mode: 'cookie' }],
    ['a clock that is a day ahead', 2, { skew: day }],
    ['a clock that is a day behind', 2, { skew: -day }],
  ]
  test('in real time, tabs that are looked at refresh each ten-second token once, ahead of time', async () => {
    const lives = 2
    const env = { COUNTERSIGN_TOKENS_LIFETIME: '10s' }
    const live = async ([what, many, options]: (typeof realTime)[number]) => {
      await using site = await openSite({ ...options, env })
      const { pages, first, context } = await openTabs(site, many)
      await signIn(first)
      await Promise.all(pages.map(stateOf))
      const start = Date.now()
      let asked = 0
      for (; Date.now() - start < lives * 10_000; asked++) {
        const answers = await Promise.all(pages.map((page) => ask(page)))
        assert.deepEqual(
          answers,
          pages.map(() => 200),
          what,
        )
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
      const refreshes = site.count('POST /refresh')
      assert.ok(refreshes >= lives && refreshes <= lives + 1, `${what}: ${refreshes}`)
      assert.equal(site.count('GET /protected'), asked * many, `${what}: none asked twice`)
      await context.close()
    }
    await Promise.all(realTime.map(live))
  })

  test('a server that is started again in between signs nobody out', async () => {
    const clock = fixedClock(at)
    await using site = await openSite({ clock })
    const { pages, first, context } = await openTabs(site, 2)
    await signIn(first)
    await Promise.all(pages.map(stateOf))
    await windAll(clock, pages, 900)
    await site.stop()
    const failures = await Promise.all(pages.map((page) => ask(page)))
    assert.deepEqual(failures, ['server_unreachable', 'server_unreachable'])
    assert.deepEqual(await Promise.all(pages.map(stateOf)), ['signed_in', 'signed_in'])
    await site.start()
    assert.deepEqual(await Promise.all(pages.map((page) => ask(page))), [200, 200])
    await context.close()
  })

  test('a tab that holds its turn for ever has it taken away', async () => {
    const clock = fixedClock(at)
    await using site = await openSite({ clock })
    const { pages, first, context } = await openTabs(site, 3)
    await signIn(first)
    await Promise.all(pages.map(stateOf))
    await first.evaluate(
      () =>
        new Promise<void>((granted) => {
          const hold = () => {
            granted()
            return new Promise<void>(() => {})
          }
          void navigator.locks.request('countersign', hold).catch(() => {})
        }),
    )
    await windAll(clock, pages, 900)
    const begun = Date.now()
    assert.deepEqual(await Promise.all(pages.map((page) => ask(page))), [200, 200, 200])
    assert.ok(Date.now() - begun >= 4_000, 'it was waited for')
    await windAll(clock, pages, 900)
    const again = Date.now()
    assert.deepEqual(await Promise.all(pages.map((page) => ask(page))), [200, 200, 200])
    assert.ok(Date.now() - again < 4_000, 'and never again')
    await context.close()
  })

  for (const mode of ['bearer', 'cookie'] as const) {
    test(`a tab that is killed before its answer came is replaced by another at once, by ${mode}`, async () => {
      const clock = fixedClock(at)
      await using site = await openSite({ clock, mode })
      const { pages, first, context } = await openTabs(site, 2)
      const other = pages[1] as Page
      await signIn(first)
      await Promise.all(pages.map(stateOf))
      const asked = site.count('POST /refresh')
      await windAll(clock, pages, 900)
      let held = false
      site.road = async (request, onward) => {
        const answer = await onward()
        if (held || !request.url.endsWith('/refresh')) return answer
        held = true
        return new Promise(() => {}) // the server has done it, and nobody will hear of it
      }
      void ask(first).catch(() => {})
      await until(() => site.count('POST /refresh') === asked + 1)
      await first.close()
      await until(() => site.count('POST /refresh') === asked + 2)
      site.road = undefined
      await until(async () => (await ask(other)) === 200)
      await windAll(clock, [other], 900)
      assert.equal(await ask(other), 200, 'the session lives on')
      await context.close()
    })
  }
})

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries++) {
    assert.ok(tries < 300, 'it never came to be')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
