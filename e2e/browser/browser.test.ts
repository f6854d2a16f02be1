import { fixedClock } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import {
  findChromium,
  howToGetChromium,
  startBrowser,
  startProfiled,
} from '@countersign/testing/browser'
import { scratch } from '@countersign/testing/files'
import { freePort } from '@countersign/testing/http'
import { fetchProtected, openSite, signIn, sessionStatus, advanceClocks } from './site.fixture.ts'

const chromium = findChromium()
const at = 1_800_000_000

suite('a session in a real browser', { skip: chromium ? false : howToGetChromium }, () => {
  let browser: Browser
  before(async () => {
    browser = await startBrowser(String(chromium))
  })
  after(() => browser.close())

  test('with cookies, no script can read a token, and a session needs nothing else', async () => {
    const clock = fixedClock(at)
    await using site = await openSite({ clock, mode: 'cookie' })
    const context = await browser.newContext()
    const page = await site.open(context)
    assert.equal(await sessionStatus(page), 'never_signed_in')
    await signIn(page)
    assert.equal(await fetchProtected(page), 200)
    assert.equal(await page.evaluate(() => (globalThis as unknown as Dom).document.cookie), '')
    assert.doesNotMatch(await readableStorage(page), /eyJ|csrt_/)
    const names = (await context.cookies()).map(({ name, httpOnly, secure, sameSite }) => [
      name,
      httpOnly,
      secure,
      sameSite,
    ])
    assert.deepEqual(names.toSorted(), [
      ['countersign_access', true, false, 'Lax'],
      ['countersign_device', true, false, 'Strict'],
      ['countersign_refresh', true, false, 'Strict'],
    ])
    assert.equal(
      await page.evaluate(() => session.accessToken().catch((error) => error.code)),
      'token_hidden',
    )

    await page.evaluate(clearStorage)
    const found = await site.open(context)
    assert.equal(await sessionStatus(found), 'signed_in', 'the server knows its cookies')
    await advanceClocks(clock, [page, found], 900)
    assert.equal(await fetchProtected(found), 200)
    await found.evaluate(() => session.signOut())
    const left = (await context.cookies()).map(({ name }) => name)
    assert.deepEqual(left, ['countersign_device'])
    await page.waitForFunction(`session.state.status === 'signed_out'`)
    assert.equal(await fetchProtected(page), 'signed_out')
    await context.close()
  })

  test('when cookies were cleared or their session was ended, every tab learns why', async () => {
    await using site = await openSite({ mode: 'cookie' })
    for (const [end, why] of [
      [async (page: Page) => page.context().clearCookies(), 'unknown'],
      [
        async (page: Page) => page.evaluate(() => session.call('POST /logout', { body: {} })),
        'unknown',
      ],
    ] as const) {
      const context = await browser.newContext()
      const [page, other] = [await site.open(context), await site.open(context)]
      await signIn(page)
      assert.equal(await sessionStatus(other), 'signed_in')
      await end(page)
      assert.equal(
        await fetchProtected(page),
        403,
        'the tutorial’s route says so where there is no token',
      )
      assert.equal(
        await page.evaluate(() => session.call('GET /me').catch((error) => error.code)),
        'token_missing',
      )
      assert.equal(await sessionStatus(page), why)
      await other.waitForFunction(`session.state.status === 'signed_out'`)
      await context.close()
    }
  })

  test('a browser that is killed after a refresh is still signed in when it restarts, long after the grace for retries', async () => {
    using profile = scratch()
    const clock = fixedClock(at)
    await using site = await openSite({ clock })
    const first = await startProfiled(String(chromium), profile.path)
    const page = await site.open(first.browser.contexts()[0] ?? (await first.browser.newContext()))
    await signIn(page)
    await advanceClocks(clock, [page], 900)
    assert.equal(await fetchProtected(page), 200)
    assert.equal(site.countRequests('POST /refresh'), 1)
    await first.kill()

    clock.advance(3600)
    const second = await startProfiled(String(chromium), profile.path)
    try {
      const back = await site.open(
        second.browser.contexts()[0] ?? (await second.browser.newContext()),
      )
      assert.equal(await fetchProtected(back), 200)
      assert.equal(await sessionStatus(back), 'signed_in')
    } finally {
      await second.kill()
    }
  })

  test('a refused request is retried with its whole body', async () => {
    await using site = await openSite()
    const context = await browser.newContext()
    const page = await site.open(context)
    await signIn(page)
    const bodies: string[] = []
    site.interceptor = async (request, forward) => {
      if (!request.url.endsWith('/notes')) return forward()
      const body = await request.text()
      bodies.push(body.replaceAll(/[-\w]*Boundary\w+/g, ''))
      return new Response('', { status: bodies.length % 2 === 1 ? 401 : 200 })
    }
    const statuses = await page.evaluate(async () => {
      const form = new FormData()
      form.set('name', 'value')
      const got: number[] = []
      for (const body of ['text', form, new Blob(['blob'])]) {
        got.push((await session.fetch('/notes', { method: 'POST', body })).status)
        advanceClock(31)
      }
      return got
    })
    assert.deepEqual(statuses, [200, 200, 200])
    assert.equal(bodies.length, 6)
    for (const turn of [0, 2, 4]) assert.equal(bodies[turn], bodies[turn + 1])
    assert.match(String(bodies[3]), /name="name"/)
    await context.close()
  })

  test('a page of another origin signs in with tokens if the server lists the origin, and the tokens follow no redirect to another origin', async () => {
    const port = await freePort()
    const env = { COUNTERSIGN_CORS_ORIGINS: `http://localhost:${port}` }
    await using server = await openSite({ env })
    await using site = await openSite({ port, server: server.url })
    await using stranger = await openSite()
    const context = await browser.newContext()
    const page = await site.open(context)
    await signIn(page)
    assert.equal(await fetchProtected(page, `${server.url}/protected`), 200)
    assert.equal(
      await fetchProtected(page),
      'origin_not_allowed',
      'not even to where the page comes from',
    )
    const open = {
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'authorization',
    }
    const shown: (string | null)[] = []
    stranger.interceptor = async ({ method, headers }) => {
      if (method === 'GET') shown.push(headers.get('authorization'))
      return new Response('', { headers: open })
    }
    server.interceptor = async ({ method, url }, forward) => {
      if (!url.endsWith('/away')) return forward()
      const headers = { ...open, location: `${stranger.url}/x` }
      return new Response('', { status: method === 'GET' ? 302 : 200, headers })
    }
    assert.equal(await fetchProtected(page, `${server.url}/away`), 200)
    assert.deepEqual(shown, [null])
    await context.close()
  })
})

interface Dom {
  readonly document: { readonly cookie: string }
  readonly indexedDB: {
    deleteDatabase(name: string): void
    open(name: string): { onsuccess: unknown; result: unknown }
  }
}

/** Returns everything that the page stores where its scripts can read it. */
async function readableStorage(page: Page): Promise<string> {
  return page.evaluate(`(async () => {
    const found = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })]
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise((resolve) => {
        const opening = indexedDB.open(name)
        opening.onsuccess = () => resolve(opening.result)
      })
      for (const store of database.objectStoreNames) {
        found.push(await new Promise((resolve) => {
          const all = database.transaction(store).objectStore(store).getAll()
          all.onsuccess = () => resolve(JSON.stringify(all.result))
        }))
      }
      database.close()
    }
    return found.join()
  })()`)
}

/** Runs in the page: clears its storage, as a browser that is short of space may. */
function clearStorage(): void {
  ;(globalThis as unknown as Dom).indexedDB.deleteDatabase('countersign')
}
