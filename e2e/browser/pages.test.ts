// The main use of every page, in a real browser, with script and without.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { howToGetChromium } from '@countersign/testing/browser'
import { executable, openPages, password, signInOn } from '@countersign/testing/pages'

const skip = executable ? false : howToGetChromium
const heading = (page: Page) => page.locator('h1').textContent()
const notice = (page: Page) => page.locator('.notice').textContent()

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with script' : 'without script'

  test(
    `${how}, a user creates an account, changes its password, and deletes it`,
    { skip },
    async () => {
      await using world = await openPages()
      const page = await world.open({ javaScriptEnabled })
      await page.goto(`${world.url}/account`)
      assert.equal(await heading(page), 'Sign in')
      await page.getByRole('link', { name: /^Create (an )?account$/ }).click()
      await page.getByLabel('User name').fill('ada')
      await page.getByLabel('Password').fill('short')
      await page.getByRole('button', { name: /^Create (an )?account$/ }).click()
      const field = page.getByLabel('Password')
      assert.equal(await field.getAttribute('aria-invalid'), 'true')
      assert.match((await field.getAttribute('aria-describedby')) ?? '', /fault/)
      assert.match((await page.locator('.fault').textContent()) ?? '', /too short/)
      assert.equal(await page.getByLabel('User name').inputValue(), 'ada')
      await field.fill(password)
      await page.getByRole('button', { name: /^Create (an )?account$/ }).click()
      await page.waitForURL(`${world.url}/account`)
      assert.equal(await heading(page), 'ada')
      assert.match((await notice(page)) ?? '', /Welcome/)
      await page.reload()
      assert.equal(await page.locator('.notice').count(), 0, 'a notice is shown once')

      const next = 'several other words there'
      await page.locator('summary', { hasText: 'Change password' }).click()
      await page.getByLabel('Current password').fill(password)
      await page.getByLabel('New password').fill(next)
      await page.getByRole('button', { name: 'Change password' }).click()
      assert.match((await notice(page)) ?? '', /Your password has been changed/)

      await page.getByRole('link', { name: 'Delete …' }).click()
      await page.getByLabel('Your password').fill(next)
      await page.getByRole('button', { name: 'Delete permanently' }).click()
      await page.waitForURL(`${world.url}/sign-in`)
      assert.match((await notice(page)) ?? '', /have been deleted/)
      const left = (await page.context().cookies()).map(({ name }) => name)
      assert.deepEqual(
        left,
        ['countersign_asking', 'countersign_device'],
        'random values that name no user',
      )
    },
  )

  test(
    `${how}, a user reaches the page they asked for, signs another device out, and signs out`,
    { skip },
    async () => {
      await using world = await openPages()
      const [page, other] = [await world.open({ javaScriptEnabled }), await world.open()]
      await signInOn(other, world.url)
      await page.goto(`${world.url}/account?from=mail`)
      await page.getByLabel('User name').fill('admin')
      await page.getByLabel('Password').fill('wrong')
      await page.keyboard.press('Enter')
      await page.locator('[role=alert]').waitFor()
      assert.equal(await page.title(), 'Error: Sign in · Countersign')
      await page.getByLabel('Password').fill('password')
      await page.keyboard.press('Enter')
      await page.waitForURL(`${world.url}/account?from=mail`)
      await page.getByRole('button', { name: /^Sign out .* on / }).click()
      assert.match((await notice(page)) ?? '', /The device is signed out/)
      await other.reload()
      assert.match((await notice(other)) ?? '', /Your session has ended/)
      await page.getByRole('button', { name: 'Sign out', exact: true }).click()
      await page.waitForURL(`${world.url}/sign-in`)
      await page.goBack()
      assert.equal(await heading(page), 'Sign in', 'going back shows no part of the account')
    },
  )

  test(
    `${how}, a page that is opened after the access token has expired appears at once`,
    { skip },
    async () => {
      await using world = await openPages()
      const page = await world.open({ javaScriptEnabled })
      await signInOn(page, world.url)
      world.server.clock.advance(2000)
      const tabs = [page, await page.context().newPage(), await page.context().newPage()]
      await Promise.all(tabs.map((tab) => tab.goto(`${world.url}/account`)))
      for (const tab of tabs) assert.equal(await heading(tab), 'admin')
      world.server.clock.advance(100)
      await Promise.all(tabs.map((tab) => tab.reload()))
      for (const tab of tabs) assert.equal(await heading(tab), 'admin')
    },
  )
}

test(
  'the tour works from start to end: a token is issued, explained, sent, forged, refreshed and revoked',
  { skip },
  async () => {
    await using world = await openPages()
    const page = await world.open()
    await page.goto(world.url)
    assert.ok(await page.locator('[data-step=call]').isDisabled())
    await page.locator('[data-step=login]').click()
    const token = page.locator('#out-look .token')
    await token.waitFor()
    const first = await token.textContent()
    assert.match(
      (await page.locator('#out-look').textContent()) ?? '',
      /Time left: 1[45] min .*exp.*in 1[45] min/s,
    )
    const code = async (step: string, status: number) => {
      await page.locator(`[data-step=${step}]`).click()
      const out = step === 'without' || step === 'forge' ? 'call' : step
      await page.locator(`#out-${out} .code`, { hasText: String(status) }).waitFor()
      return page.locator(`#out-${out}`).textContent()
    }
    assert.match((await code('call', 200)) ?? '', /Hello, admin\. You are authenticated!/)
    assert.match((await code('without', 403)) ?? '', /Token is missing!/)
    assert.match((await code('forge', 401)) ?? '', /Invalid token!/)
    await code('refresh', 200)
    assert.notEqual(await token.textContent(), first)
    await page.locator('[data-step=die]').click()
    const refused = page.locator('#out-die li', { hasText: 'POST /refresh' })
    assert.match((await refused.textContent()) ?? '', /401.*session was ended/)
    const dead = page.locator('#out-die li', { hasText: 'GET /protected' })
    await dead.first().waitFor()
    assert.match(
      (await dead.first().textContent()) ?? '',
      /401/,
      'the very next request is refused',
    )
  },
)

test('without script the tour shows the commands, and its form signs in', { skip }, async () => {
  await using world = await openPages()
  const page = await world.open({ javaScriptEnabled: false })
  await page.goto(world.url)
  assert.ok(await page.getByText('The buttons require JavaScript').isVisible())
  await page.locator('summary').first().click()
  assert.ok(await page.getByText(`curl -X POST ${world.url}/login`).isVisible())
  await page.locator('[data-step=login]').click()
  await page.waitForURL(`${world.url}/account`)
})

test('the debugger explains a token, and sends no part of it', { skip }, async () => {
  await using world = await openPages()
  const body = JSON.stringify({ username: 'admin', password: 'password' })
  const headers = { 'content-type': 'application/json' }
  const login = await fetch(`${world.url}/login`, { method: 'POST', headers, body })
  const { token } = (await login.json()) as { token: string }
  const page = await world.open()
  await page.goto(`${world.url}/debugger`)
  const sent: string[] = []
  page.on('request', (request) => sent.push(request.url()))
  const banner = page.locator('.banner')
  await page.getByLabel('Token', { exact: true }).fill(`Bearer ${token}`)
  await page.locator('.banner.good').waitFor()
  assert.match((await banner.textContent()) ?? '', /Signed with this key/)
  const at = token.lastIndexOf('.') + 1
  const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
  await page.getByLabel('Token', { exact: true }).fill(changed)
  await page.locator('.banner.bad').waitFor()
  assert.match((await banner.textContent()) ?? '', /reject it: Signature/)
  await page.getByLabel('Token', { exact: true }).fill('csrt_secret')
  await page.getByText('An opaque secret').waitFor()
  await page.goto(`${world.url}/debugger#token=${token}`)
  await page.reload()
  await page.goto(`${world.url}/debugger#token=${token}`)
  assert.deepEqual(
    sent.filter((one) => one.includes(token.slice(-20))),
    [],
  )
  const blocked = await page.evaluate(async (url) => {
    const out: string[] = []
    const blockedBy = (name: string, attempt: () => Promise<unknown>) =>
      attempt().then(
        () => out.push(`${name} passed`),
        () => out.push(`${name} blocked`),
      )
    await blockedBy('fetch', () => fetch(`${url}/health`))
    return out
  }, world.url)
  assert.deepEqual(blocked, ['fetch blocked'])
})

test('without script the debugger says that it needs script', { skip }, async () => {
  await using world = await openPages()
  const page = await world.open({ javaScriptEnabled: false })
  await page.goto(`${world.url}/debugger`)
  assert.ok(await page.getByText('This page requires JavaScript').isVisible())
})

test(
  '[18.26] the link of an invitation fills in the form, and the address keeps no secret',
  { skip },
  async () => {
    await using world = await openPages({ COUNTERSIGN_USERS_REGISTRATION: 'invitation' })
    const page = await world.open()
    await page.goto(`${world.url}/sign-up#invitation=csin_secret`)
    await page.waitForURL(`${world.url}/sign-up`)
    assert.equal(await page.getByLabel('Invitation').inputValue(), 'csin_secret')
  },
)
