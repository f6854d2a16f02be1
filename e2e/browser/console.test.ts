// The console in a real browser: it draws the last hour, updates while it is open, and sends requests to this server only.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { howToGetChromium } from '@countersign/testing/browser'
import { executable, openPages, signInOn, type PagesWorld } from '@countersign/testing/pages'
import { post } from '@countersign/testing/http'

const skip = executable ? false : howToGetChromium
const admin = { username: 'admin', password: 'password' }

/** Returns the number in the last column of a row of the overview. */
const hourOf = (label: string) =>
  `Number([...document.querySelectorAll('.scroll tbody tr')]
    .find((row) => row.cells[0].textContent.trim() === '${label}')?.cells[2].textContent ?? 0)`

async function overview(world: PagesWorld, options = {}) {
  const page = await world.open(options)
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (line) => line.type() === 'error' && faults.push(line.text()))
  await signInOn(page, world.url)
  await page.goto(`${world.url}/console`)
  return { page, faults }
}

test(
  'an administrator sees events as they happen, and the first load is 150 kB at most',
  { skip },
  async () => {
    await using world = await openPages()
    const page = await world.open()
    await signInOn(page, world.url)
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    let bytes = 0
    session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength))
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('console', (line) => line.type() === 'error' && faults.push(line.text()))
    await page.goto(`${world.url}/console`, { waitUntil: 'networkidle' })
    assert.ok(bytes > 10_000 && bytes <= 150_000, `${bytes} bytes`)
    await page.locator('[data-chart=logins] canvas').waitFor()
    const before = await page.evaluate<number>(hourOf('Signed in'))
    for (let n = 0; n < 3; n++) await post(`${world.url}/login`, admin)
    await post(`${world.url}/login`, { ...admin, password: 'wrong' })
    const signedIn = () => page.evaluate<number>(hourOf('Signed in'))
    for (const end = Date.now() + 30_000; (await signedIn()) !== before + 3;) {
      assert.ok(Date.now() < end, 'the page does not look again')
      await page.waitForTimeout(200)
    }
    assert.equal(await page.evaluate(hourOf('Wrong name or password')), 1)
    assert.equal(await page.locator('[data-chart=logins] canvas').count(), 1, 'drawn once')
    const plot = await page.locator('[data-chart=logins] .u-over').boundingBox()
    await page.mouse.move((plot?.x ?? 0) + (plot?.width ?? 0) - 1, (plot?.y ?? 0) + 5)
    const legend = page.locator('[data-chart=logins] .u-legend')
    await legend.getByText(/^\d\d:\d\d$/).waitFor() // the time at the pointer
    assert.deepEqual(faults, [])
  },
)

test('without script the console shows the same in numbers', { skip }, async () => {
  await using world = await openPages()
  const { page } = await overview(world, { javaScriptEnabled: false })
  const row = page.locator('tr', { hasText: 'Signed in' })
  assert.match(await row.innerText(), /Signed in\s+1\s+1/)
  await page.getByRole('link', { name: 'Audit log', exact: true }).click()
  await page.waitForURL(/\/console\/audit-log$/)
  await page.getByRole('button', { name: 'Verify', exact: true }).click()
  await page.getByText(/Audit log intact: .*entr(y|ies), .*checkpoints?/).waitFor() // the page reloads automatically
  await page.getByLabel('Event').selectOption('login')
  await page.getByRole('button', { name: 'Filter' }).click()
  await page.waitForURL(/type=login/)
  await page.reload()
  assert.equal(await page.getByLabel('Event').inputValue(), 'login', 'a reload keeps the filter')
})

test(
  'a user whose session is ended in the console is signed out in their own browser',
  { skip },
  async () => {
    await using world = await openPages()
    const [{ page: console, faults }, other] = [await overview(world), await world.open()]
    await signInOn(other, world.url)
    await console.goto(`${world.url}/console/sessions`)
    const others = console.locator('tr', { hasText: 'admin' }).filter({ hasNotText: 'This device' })
    await others.first().getByRole('button').click()
    await console.getByText('signed out').first().waitFor()
    await other.goto(`${world.url}/account`)
    assert.match(other.url(), /\/sign-in/)
    assert.deepEqual(faults, [])
  },
)

test(
  'from the overview, two clicks find who failed to sign in today, the end of all sessions of a user, and a form to invite; one finds the next key rotation',
  { skip },
  async () => {
    await using world = await openPages({ COUNTERSIGN_USERS_REGISTRATION: 'invitation' })
    await post(`${world.url}/login`, { ...admin, password: 'wrong' })
    const { page, faults } = await overview(world)
    /** Clicks links from the overview, one after the other. */
    const click = async (...names: readonly (string | RegExp)[]) => {
      await page.goto(`${world.url}/console`)
      for (const name of names) await page.getByRole('link', { name }).first().click()
    }
    await click(/^Failed sign-ins today/)
    const failed = page.getByRole('row', { name: /Failed sign-in/ })
    assert.match(await failed.innerText(), /admin/)
    await click('Users', 'admin')
    await page.getByRole('link', { name: 'Sign out everywhere' }).waitFor()
    await click('Users', 'Invite')
    await page.getByRole('button', { name: 'Create invitation' }).waitFor()
    await page.goto(`${world.url}/console`)
    await page.getByRole('link', { name: /Next key rotation.*in \d+ days/ }).click()
    await page.getByText(/takes over automatically/).waitFor()
    assert.deepEqual(faults, [])
  },
)

test(
  'in the reference of a development server a route is found by its text, and its request is sent',
  { skip },
  async () => {
    await using world = await openPages()
    const page = await world.open()
    await page.goto(`${world.url}/docs`)
    await page.getByLabel('Find a route').fill('POST /login')
    await page.locator('#get-me').waitFor({ state: 'hidden' })
    const login = page.locator('#post-login')
    await login.getByText('Try it').click()
    await login.getByLabel('Body, as JSON').fill(JSON.stringify(admin))
    await login.getByRole('button', { name: 'Send' }).click()
    await login.getByText('200 OK').waitFor()
    assert.match(await login.locator('.out').innerText(), /"token"/)
    await page.getByLabel('Find a route').fill('nothing like it')
    await page.getByText('No route has this text').waitFor()
  },
)
