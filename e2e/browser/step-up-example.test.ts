import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { codeAt } from '@countersign/testing/authenticator'
import { findChromium, howToGetChromium, startBrowser } from '@countersign/testing/browser'
import { scratch } from '@countersign/testing/files'
import { freePort } from '@countersign/testing/http'
import { start } from '@countersign/testing/process'
import { withAuthenticator } from './passkeys.fixture.ts'

const chromium = findChromium()
const maxAge = 5 // seconds that a proof counts for in this test

/** Returns the codes of a secret, each later than the one before: the server accepts each once, and 30 seconds early or late. */
function codesOf(secret: string) {
  let last = 0
  return async () => {
    const now = () => Date.now() / 1000 / 30
    last = Math.max(last + 1, Math.floor(now()) - 1)
    while (last > now() + 1) await new Promise((resolve) => setTimeout(resolve, 100))
    return codeAt(secret, last * 30)
  }
}

/** Starts the example with a framework, and a browser on its page; counts the answers to transfers. */
async function openExample(framework: string) {
  const folder = scratch()
  const port = String(await freePort())
  const database = `sqlite:${folder.path}/d.db`
  const env = {
    PORT: port,
    FRAMEWORK: framework,
    MAX_AGE: String(maxAge),
    COUNTERSIGN_DATABASE_URL: database,
  }
  const command = ['npm', 'start', '--workspace=@countersign/example-step-up']
  const example = await start(command, { env })
  const browser = await startBrowser(String(chromium))
  const page = await browser.newPage()
  page.setDefaultTimeout(90_000) // other tests run in parallel
  const errors: Error[] = []
  page.on('pageerror', (error) => errors.push(error))
  const transfers: number[] = []
  page.on('response', (response) => {
    if (response.url().endsWith('/api/transfers')) transfers.push(response.status())
  })
  const press = async (name: string) => page.getByRole('button', { name, exact: true }).click()
  const fill = async (label: string, text: string) =>
    page.getByLabel(label, { exact: true }).fill(text)
  const signIn = async () => {
    await fill('User name', 'admin')
    await fill('Password', 'password')
    await press('Sign in')
  }
  await page.goto(`http://localhost:${port}/`)
  return {
    page,
    errors,
    transfers,
    press,
    fill,
    signIn,
    async [Symbol.asyncDispose]() {
      await browser[Symbol.asyncDispose]()
      await example[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

const skip = chromium ? false : howToGetChromium

// Two at once: most of each is the wait until a proof is too old.
suite('the example', { skip, concurrency: 2 }, () => {
  for (const framework of ['hono', 'express']) {
    test(`a route of ${framework} requires a fresh second factor, the user enters a code, and the request is sent again`, async () => {
      await using example = await openExample(framework)
      const { page, errors, transfers, press, fill, signIn } = example
      await signIn()
      await page.getByText('Add this secret').waitFor()
      const secret = page.locator('#secret')
      await secret.filter({ hasText: /^[A-Z2-7]{32}$/ }).waitFor()
      const nextCode = codesOf((await secret.textContent()) ?? '')
      await fill('First code', await nextCode())
      await press('Add the application')
      await page.getByText('The application was added').waitFor()

      await press('Sign out')
      await signIn()
      await page.getByText('Enter the code to sign in, or use a passkey').waitFor()
      await fill('Code', await nextCode())
      await press('Continue')
      await page.getByRole('button', { name: 'Transfer' }).waitFor()
      await page.waitForTimeout((maxAge + 1) * 1000)

      await press('Transfer')
      await page.getByText('Enter the code of your authenticator application').waitFor()
      await press('Cancel')
      await page.getByText('requires a more recent sign-in').waitFor()
      assert.deepEqual(transfers, [401])

      await press('Transfer')
      await page.getByText('Enter the code of your authenticator application').waitFor()
      await fill('Code', '000000')
      await press('Continue')
      await page.getByText('The code is wrong').waitFor()
      await fill('Code', await nextCode())
      await press('Continue')
      await page.getByText('Transferred 100').waitFor()
      assert.deepEqual(transfers, [401, 401, 201])
      assert.deepEqual(errors, [])
    })

    test(`a route of ${framework} requires a fresh second factor, the user uses a passkey, and the request is sent again`, async () => {
      await using example = await openExample(framework)
      const { page, errors, transfers, press, signIn } = example
      await withAuthenticator(page)
      await signIn()
      await page.getByText('Add this secret').waitFor()
      await press('Add a passkey instead')
      await page.getByText('The passkey was added').waitFor()
      await page.waitForTimeout((maxAge + 1) * 1000)
      await press('Transfer')
      await press('Use a passkey')
      await page.getByText('Transferred 100').waitFor()
      assert.deepEqual(transfers, [401, 201])

      await press('Sign out')
      await signIn()
      await press('Use a passkey')
      await press('Transfer')
      await page.getByText('Transferred 100').waitFor()
      assert.deepEqual(transfers, [401, 201, 201], 'the second step was fresh')
      assert.deepEqual(errors, [])
    })
  }
})
