import { fixedClock } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { findChromium, howToGetChromium, startBrowser } from '@countersign/testing/browser'
import { withAuthenticator } from './passkeys.fixture.ts'
import { advanceClocks, openSite, signIn } from './site.fixture.ts'

// The client with the virtual authenticator of Chromium (CTAP2, discoverable credentials, user verification).

const chromium = findChromium()
const at = 1_800_000_000

/** Returns the authentication context class of the token of a page. */
async function acrOf(page: Page): Promise<unknown> {
  return page.evaluate(async () => {
    const claims = (await session.accessToken()).split('.')[1] ?? ''
    return JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/'))).acr
  })
}

for (const mode of ['bearer', 'cookie'] as const)
  test(
    `in ${mode} mode a user adds a passkey, signs in with it alone or as second step, and steps up with it`,
    { skip: chromium ? false : howToGetChromium },
    async () => {
      await using browser = await startBrowser(String(chromium))
      const clock = fixedClock(at)
      await using site = await openSite({ clock, mode })
      const page = await site.open(await browser.newContext())
      const forget = await withAuthenticator(page)
      await signIn(page)
      const recoveryCodes = await page.evaluate(async () =>
        session.addPasskey({ name: 'Laptop', currentPassword: 'password' }),
      )
      assert.equal(recoveryCodes.length, 10)
      if (mode === 'bearer') assert.equal(await acrOf(page), 'phr')

      await page.evaluate(async () => session.signOut())
      const aborted = await page.evaluate(async () => {
        const signal = AbortSignal.abort('the user signs in with a password')
        return session.signInWithPasskey({ autofill: true, signal }).catch(String)
      })
      assert.equal(aborted, 'the user signs in with a password')
      await page.evaluate(
        async (autofill) => session.signInWithPasskey({ autofill }),
        mode === 'bearer',
      )
      assert.equal(
        await page.evaluate(async () => (await session.call('GET /me')).username),
        'admin',
      )
      if (mode === 'bearer') assert.equal(await acrOf(page), 'phr')

      await page.evaluate(async () => session.signOut())
      const factors = await page.evaluate(async () => {
        const result = await session.signIn({ username: 'admin', password: 'password' })
        if (result.status !== 'factor_required') return result.status
        await result.finish({ passkey: true })
        return result.factors
      })
      assert.deepEqual(factors, ['passkey', 'recovery_code'])

      await advanceClocks(clock, [page], 600)
      const renewed = await page.evaluate(
        async (options) => {
          const { browserStorage, createSession } = await import(String('/client.js'))
          const onStepUp = async () => ({ passkey: true })
          const asking = createSession({ ...options, storage: browserStorage(), onStepUp })
          const body = { current_password: 'password' }
          const made = await asking.call('POST /me/factors/recovery-codes', { body })
          await session.call('GET /me') // the page's own session has the new tokens
          return made.recovery_codes.length
        },
        { url: site.url, mode },
      )
      assert.equal(
        renewed,
        10,
        'after the challenge of the server, a passkey, and the same request again',
      )
      assert.equal(site.countRequests('POST /me/step-up'), 1)

      await forget()
      await page.evaluate(async () => session.signOut())
      const code = await page.evaluate(async () =>
        session
          .signInWithPasskey({ autofill: false })
          .catch((error: { code: string }) => error.code),
      )
      assert.equal(code, 'passkey_not_used')
    },
  )
