// The pages that scripts render, in German: they show no text of their English form, and axe finds nothing. Other pages: german-pages.test.ts of the server.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { violationsOf } from '@countersign/testing/axe'
import { howToGetChromium } from '@countersign/testing/browser'
import { executable, openPages } from '@countersign/testing/pages'

const skip = executable ? false : howToGetChromium

/** The words that are the same in both languages, and the user. */
const same: ReadonlySet<string> = new Set(
  ['Countersign', 'Header', 'Claims', 'OK', 'Token', 'Form', 'Body', 'admin'].concat([
    'JSON Schema',
    'OAuth',
  ]),
)

/** A value of a token, or the name of a file. */
const value = /^\S*[_:/.]\S*$/

/** An expression for the page: its texts, without code and without elements that name their language. */
const texts = `(() => {
  const out = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const { parentElement: parent, data } = walker.currentNode
    if (parent.closest('code, pre, textarea, script, body [lang]')) continue
    out.push(data.replaceAll(/\\s+/g, ' ').trim())
  }
  return out.filter((text) => /\\p{L}{2}/u.test(text))
})()`

/** Plays the tour to its end, and opens the debugger with tokens and keys of several kinds; yields the name of each state. */
async function* statesOf(page: Page, url: string): AsyncGenerator<string> {
  await page.goto(url)
  yield 'the tour'
  await page.locator('[data-step=login]').click()
  await page.locator('#out-look .token').waitFor()
  const explain = String(await page.locator('#to-debugger').getAttribute('href'))
  for (const [step, code] of [
    ['without', '403'],
    ['forge', '401'],
    ['refresh', '200'],
    ['die', '401'],
  ] as const) {
    await page.locator(`[data-step=${step}]`).click()
    await page.locator('.code', { hasText: code }).last().waitFor()
    yield `the tour after ${step}`
  }
  await page.goto(explain)
  await page.locator('.banner.good').waitFor()
  yield 'the debugger with a token'
  await page.goto(`${url}/debugger`)
  yield 'the debugger'
  const token = new URLSearchParams(explain.split('#')[1]).get('token') ?? ''
  const [, claims = ''] = token.split('.')
  const header = Buffer.from('{"alg":"none","jku":"x","crit":["x"]}').toString('base64url')
  for (const wrong of [
    `${header}.${claims}.`,
    `${header}.e30.`,
    'a.b.c',
    'a.b',
    'csrt_a',
    'a.b.c.d.e',
  ]) {
    await page.locator('#debugger-token').fill(wrong)
    await page.locator('.banner.bad').waitFor()
    yield `the debugger with ${wrong.slice(0, 12)}`
  }
  await page.goto(`${url}/docs`)
  await page.locator('#find-route').fill('nothing like it')
  await page.locator('#no-route').waitFor()
  yield 'the reference'
}

test(
  'what scripts write in the tour, the debugger and the reference is in German, and axe finds nothing there',
  { skip },
  async () => {
    await using world = await openPages()
    const english = new Set<string>()
    const page = await world.open({ locale: 'en-GB' })
    for await (const _ of statesOf(page, world.url))
      for (const text of await page.evaluate<readonly string[]>(texts)) english.add(text)
    assert.ok(english.size > 100, String(english.size))
    const german = await world.open({ locale: 'de-DE', reducedMotion: 'reduce' })
    const found: string[] = []
    for await (const state of statesOf(german, world.url)) {
      for (const text of await german.evaluate<readonly string[]>(texts))
        if (english.has(text) && !same.has(text) && !value.test(text))
          found.push(`${state}: ${text}`)
      for (const one of await violationsOf(german, 'light')) found.push(`${state}: ${one}`)
    }
    assert.deepEqual(found, [])
  },
)
