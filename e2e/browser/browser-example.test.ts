import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findChromium, howToGetChromium, startBrowser } from '@countersign/testing/browser'
import { scratch } from '@countersign/testing/files'
import { freePort } from '@countersign/testing/http'
import { start } from '@countersign/testing/process'

const chromium = findChromium()

test(
  'the example in a browser: a user signs in, writes a note, reloads and signs out, and another tab follows',
  { skip: chromium ? false : howToGetChromium },
  async () => {
    using folder = scratch()
    const port = String(await freePort())
    const env = { PORT: port, COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/d.db` }
    const command = ['npm', 'start', '--workspace=@countersign/example-browser']
    await using _ = await start(command, { env })
    await using browser = await startBrowser(String(chromium))
    const context = await browser.newContext()
    context.setDefaultTimeout(90_000) // other tests run in parallel
    const page = await context.newPage()
    const errors: Error[] = []
    page.on('pageerror', (error) => errors.push(error))
    await page.goto(`http://localhost:${port}/`)
    const signIn = async (password: string) => {
      await page.getByLabel('User name').fill('admin')
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Sign in' }).click()
    }
    await signIn('wrong')
    await page.getByText('Invalid credentials').waitFor()
    await signIn('password')
    await page.getByText('Hello, admin').waitFor()
    await page.getByLabel('Note').fill('milk')
    await page.getByRole('button', { name: 'Add' }).click()
    await page.getByRole('listitem').filter({ hasText: 'milk' }).waitFor()
    await page.reload()
    await page.getByRole('listitem').filter({ hasText: 'milk' }).waitFor()
    const other = await context.newPage()
    await other.goto(`http://localhost:${port}/plain`)
    await other.getByRole('listitem').filter({ hasText: 'milk' }).waitFor()
    await context.clearCookies({ name: 'countersign_access' }) // as a browser does when the cookie expires
    await other.reload()
    await other.getByRole('listitem').filter({ hasText: 'milk' }).waitFor()
    assert.equal((await context.cookies()).length, 3)
    await other.goto(`http://localhost:${port}/`)
    await other.getByText('Hello, admin').waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    await other.getByRole('button', { name: 'Sign in' }).waitFor()
    const left = (await context.cookies()).map(({ name }) => name)
    assert.deepEqual(left, ['countersign_device'])
    await other.goto(`http://localhost:${port}/plain`)
    await other.getByRole('button', { name: 'Sign in' }).waitFor()
    assert.deepEqual(errors, [])
  },
)
