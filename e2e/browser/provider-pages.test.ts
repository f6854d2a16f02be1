// Sign-in with an identity provider in a real browser, with and without script; and the pages that show it, as axe sees them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { violationsOf, widthOf } from '@countersign/testing/axe'
import { howToGetChromium } from '@countersign/testing/browser'
import { freePort } from '@countersign/testing/http'
import {
  startGitHub,
  startOpenIdProvider,
  upstreamClient,
} from '@countersign/testing/identity-providers'
import { executable, openPages } from '@countersign/testing/pages'

const skip = executable ? false : howToGetChromium

/** A server with two providers, and a browser. */
async function openWorld() {
  const cleanUp = new AsyncDisposableStack()
  const port = await freePort()
  const url = `http://localhost:${port}`
  const callbackOf = (name: string) => `${url}/login/with/${name}/callback`
  const work = cleanUp.use(await startOpenIdProvider(callbackOf('work')))
  const github = cleanUp.use(await startGitHub(callbackOf('github')))
  const settingsOf = (name: string, issuer: string) => ({
    [`COUNTERSIGN_FEDERATION_${name}_ISSUER`]: issuer,
    [`COUNTERSIGN_FEDERATION_${name}_CLIENT_ID`]: upstreamClient.id,
    [`COUNTERSIGN_FEDERATION_${name}_CLIENT_SECRET`]: upstreamClient.secret,
  })
  const pages = cleanUp.use(
    await openPages({
      COUNTERSIGN_HTTP_PORT: String(port),
      ...settingsOf('WORK', work.issuer),
      ...settingsOf('GITHUB', github.issuer),
    }),
  )
  return { url, pages, [Symbol.asyncDispose]: () => cleanUp.disposeAsync() }
}

/** Returns what axe finds in a page, in light and dark. */
async function violationsInBoth(page: Page): Promise<readonly string[]> {
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const)
    for (const one of await violationsOf(page, colorScheme))
      found.push(`${page.url()} ${colorScheme}: ${one}`)
  return found
}

for (const javaScriptEnabled of [true, false])
  test(
    `a browser ${javaScriptEnabled ? 'with' : 'without'} script signs in with a provider, and links another`,
    { skip },
    async () => {
      await using world = await openWorld()
      const { url, pages } = world
      const page = await pages.open({ javaScriptEnabled })
      await page.goto(`${url}/account/tokens`)
      await page.getByRole('button', { name: 'Continue with work' }).click()
      await page.waitForURL(`${url}/account/tokens`)
      await page.goto(`${url}/account/sign-in-methods`)
      assert.match(await page.locator('main').innerText(), /You have no password/)
      await page.getByText('Link an account of GitHub').click()
      await page.getByRole('button', { name: 'Continue' }).last().click()
      await page.getByText('The account is linked. It signs you in from now on.').waitFor()
      assert.equal(await page.getByRole('listitem').filter({ hasText: 'Linked' }).count(), 2)
      await page.getByText('Unlink work').click()
      await page.getByRole('button', { name: 'Unlink' }).first().click()
      await page.getByText('The account is unlinked').waitFor()
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.goto(`${url}/sign-in`)
      await page.getByRole('button', { name: 'Continue with GitHub' }).click()
      await page.waitForURL(`${url}/account`)
      assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'ada')
    },
  )

test('axe finds nothing on the pages of identity providers, on a phone', { skip }, async () => {
  await using world = await openWorld()
  const { url, pages } = world
  const page = await pages.open({ viewport: { width: 390, height: 844 } })
  const found: string[] = []
  for (const path of ['/sign-in', '/sign-up']) {
    await page.goto(url + path)
    found.push(...(await violationsInBoth(page)))
  }
  await page.getByRole('button', { name: 'Continue with work' }).click()
  await page.waitForURL(`${url}/account`)
  for (const path of ['/account', '/account/sign-in-methods', '/account/confirm']) {
    await page.goto(url + path)
    await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true')
    found.push(...(await violationsInBoth(page)))
    const width = await widthOf(page)
    assert.ok(width <= 390, `${path} is ${width} pixels wide`)
  }
  assert.deepEqual(found, [])
})
