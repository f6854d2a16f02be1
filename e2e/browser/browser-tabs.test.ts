import { fixedClock } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { findChromium, howToGetChromium, startBrowser } from '@countersign/testing/browser'
import { repetitions } from '@countersign/testing/proofs'
import {
  fetchProtected,
  openSite,
  signIn,
  sessionStatus,
  advanceClocks,
  type Site,
  type SiteOptions,
} from './site.fixture.ts'

declare global {
  /** The number of locks that a page has taken away from other tabs. */
  var steals: number
}

const chromium = findChromium()
const day = 86_400 // seconds
const at = 1_800_000_000
const lives = repetitions({ short: 3, long: 25 }) // access tokens, one after the other

const atMostTwo = { skip: chromium ? false : howToGetChromium, concurrency: 2 } // one takes twenty seconds, and mostly waits

suite('tabs in a real browser', atMostTwo, () => {
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
      test(`[G38] ${many} tabs refresh at once through ${lives} tokens, by ${mode}: one refresh for each token, and no tab is signed out`, async () => {
        const clock = fixedClock(at)
        await using site = await openSite({ clock, mode })
        const { pages, first, context } = await openTabs(site, many)
        await signIn(first)
        await Promise.all(pages.map(sessionStatus))
        for (let life = 1; life <= lives; life++) {
          await advanceClocks(clock, pages, 900)
          const answers = await Promise.all(pages.map((page) => fetchProtected(page)))
          assert.deepEqual(
            answers,
            pages.map(() => 200),
          )
          assert.equal(site.countRequests('POST /refresh'), life)
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
  test('in real time, visible tabs refresh each ten-second token once, before it expires', async () => {
    const realLives = 2
    const env = { COUNTERSIGN_TOKENS_LIFETIME: '10s' }
    const live = async ([what, many, options]: (typeof realTime)[number]) => {
      await using site = await openSite({ ...options, env })
      const { pages, first, context } = await openTabs(site, many)
      await signIn(first)
      await Promise.all(pages.map(sessionStatus))
      const start = Date.now()
      let rounds = 0
      for (; Date.now() - start < realLives * 10_000; rounds++) {
        const answers = await Promise.all(pages.map((page) => fetchProtected(page)))
        assert.deepEqual(
          answers,
          pages.map(() => 200),
          what,
        )
        await new Promise((resolve) => setTimeout(resolve, 1000))
      }
      const refreshes = site.countRequests('POST /refresh')
      // A ten-second token is renewed after seven seconds at the earliest; on a busy machine the loop takes longer than two lifetimes.
      const most = Math.floor((Date.now() - start) / 7000) + 1
      assert.ok(refreshes >= realLives && refreshes <= most, `${what}: ${refreshes}`)
      assert.equal(site.countRequests('GET /protected'), rounds * many, `${what}: none asked twice`)
      await context.close()
    }
    await Promise.all(realTime.map(live))
  })

  test('a restart of the server signs no tab out', async () => {
    const clock = fixedClock(at)
    await using site = await openSite({ clock })
    const { pages, first, context } = await openTabs(site, 2)
    await signIn(first)
    await Promise.all(pages.map(sessionStatus))
    await advanceClocks(clock, pages, 900)
    await site.stop()
    const failures = await Promise.all(pages.map((page) => fetchProtected(page)))
    assert.deepEqual(failures, ['server_unreachable', 'server_unreachable'])
    assert.deepEqual(await Promise.all(pages.map(sessionStatus)), ['signed_in', 'signed_in'])
    await site.start()
    assert.deepEqual(await Promise.all(pages.map((page) => fetchProtected(page))), [200, 200])
    await context.close()
  })

  test('a tab that never releases the tab lock loses it', async () => {
    const clock = fixedClock(at)
    await using site = await openSite({ clock })
    const { pages, first, context } = await openTabs(site, 3)
    await signIn(first)
    await Promise.all(pages.map(sessionStatus))
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
    await advanceClocks(clock, pages, 900)
    const steals = async () => {
      const counts = await Promise.all(pages.map((page) => page.evaluate(() => globalThis.steals)))
      return counts.reduce((sum, count) => sum + count, 0)
    }
    for (const page of pages) await page.evaluate(watchSteals, true)
    const begun = Date.now()
    assert.deepEqual(await Promise.all(pages.map((page) => fetchProtected(page))), [200, 200, 200])
    assert.ok(Date.now() - begun >= 4_000, 'it was waited for')
    const taken = await steals()
    assert.ok(taken > 0)
    await advanceClocks(clock, pages, 900)
    assert.deepEqual(await Promise.all(pages.map((page) => fetchProtected(page))), [200, 200, 200])
    assert.equal(await steals(), taken, 'and never again')
    await context.close()
  })

  for (const mode of ['bearer', 'cookie'] as const) {
    test(`when a tab is killed before the response to its refresh arrives, another tab refreshes at once, by ${mode}`, async () => {
      const clock = fixedClock(at)
      await using site = await openSite({ clock, mode })
      const { pages, first, context } = await openTabs(site, 2)
      const other = pages[1] as Page
      await signIn(first)
      await Promise.all(pages.map(sessionStatus))
      await other.evaluate(watchSteals, false) // so that only the browser can release the lock of the killed tab
      const earlier = site.countRequests('POST /refresh')
      await advanceClocks(clock, pages, 900)
      let held = false
      site.interceptor = async (request, forward) => {
        const answer = await forward()
        if (held || !request.url.endsWith('/refresh')) return answer
        held = true
        return new Promise(() => {}) // the server has rotated the token, and the response is lost
      }
      void fetchProtected(first).catch(() => {})
      await until(() => site.countRequests('POST /refresh') === earlier + 1)
      await first.close()
      await until(() => site.countRequests('POST /refresh') === earlier + 2)
      site.interceptor = undefined
      await until(async () => (await fetchProtected(other)) === 200)
      await advanceClocks(clock, [other], 900)
      assert.equal(await fetchProtected(other), 200, 'the session continues')
      await context.close()
    })
  }
})

/** Runs in a page: counts the locks that it takes away from other tabs, and prevents it unless `allowed`. */
function watchSteals(allowed: boolean): void {
  const request = navigator.locks.request.bind(navigator.locks) as (
    name: string,
    options: { readonly steal?: boolean },
    work: () => Promise<void>,
  ) => Promise<void>
  globalThis.steals = 0
  const watched: typeof request = async (name, options, work) => {
    if (options.steal) globalThis.steals++
    if (!options.steal || allowed) return request(name, options, work)
    return new Promise<void>(() => {})
  }
  Object.assign(navigator.locks, { request: watched })
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries++) {
    assert.ok(tries < 6000, 'the condition was not met in time')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
