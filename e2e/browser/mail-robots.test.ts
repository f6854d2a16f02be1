// Robots of mail systems, as real browsers: they open the links of a mail, and click and submit everything that they find.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { howToGetChromium } from '@countersign/testing/browser'
import { executable, openPages, password, type PagesWorld } from '@countersign/testing/pages'

const skip = executable ? false : howToGetChromium
const email = 'ada@example.com'
const next = 'cirrus over seven lakes'

/** Returns the code and the link of the newest mail that has a code. */
async function newest({ server }: PagesWorld) {
  const text =
    (await server.mails()).find((mail) => /^\d{3} \d{3} \d{3}$/m.test(mail.text))?.text ?? ''
  return {
    code: /^\d{3} \d{3} \d{3}$/m.exec(text)?.[0] ?? '',
    link: /^http\S+$/m.exec(text)?.[0] ?? '',
  }
}

/** Opens a link, fills every field with `typed`, clicks every button, and then follows every link of the page. */
async function clickEverything(page: Page, link: string, typed: string): Promise<void> {
  await page.goto(link)
  const buttons = await page.locator('main button').count()
  for (let at = 0; at < buttons; at++) {
    await page.goto(link)
    for (const field of await page.locator('main input:not([type=hidden])').all())
      await field.fill(typed)
    await page.locator('main button').nth(at).click()
    await page.waitForLoadState()
  }
  await page.goto(link)
  const links = await page.locator('a[href]').evaluateAll((all) => all.map((one) => one.href))
  for (const to of links) await page.goto(to)
}

test(
  '[19.5] robots that render, click and submit everything use no link up and gain no session; then the person does, here and elsewhere',
  { skip },
  async () => {
    await using world = await openPages({ COUNTERSIGN_MAIL_SIGN_IN_CODES: 'yes' })
    const { url } = world
    const robot = await world.open()
    const here = await world.open()
    await here.goto(`${url}/sign-up`)
    await here.getByLabel('User name').fill('ada')
    await here.getByLabel('E-mail address').fill(email)
    await here.getByLabel('Password').fill(password)
    await here.getByRole('button', { name: 'Create account' }).click()
    await here.getByText('is not verified').waitFor()
    const verification = await newest(world)
    for (const typed of ['x', next]) await clickEverything(robot, verification.link, typed)
    await here.goto(verification.link)
    await here.getByRole('button', { name: 'Confirm' }).click()
    await here.getByText('is verified; you can sign in with it').waitFor()

    await here.goto(`${url}/account`)
    await here.getByRole('button', { name: 'Sign out', exact: true }).first().click()
    await here.goto(`${url}/sign-in-code`)
    await here.getByLabel('E-mail address').fill(email)
    await here.keyboard.press('Enter')
    await here.getByLabel('Code').waitFor()
    const signIn = await newest(world)
    await clickEverything(robot, signIn.link, 'x')
    await robot.goto(`${url}/account`)
    assert.match(robot.url(), /\/sign-in/, 'the robot is not signed in')
    const phone = await world.open({ viewport: { width: 390, height: 844 } })
    await phone.goto(signIn.link)
    await phone.getByLabel('Code').fill(signIn.code)
    await phone.keyboard.press('Enter')
    await phone.waitForURL(`${url}/account`)

    await here.goto(`${url}/sign-in-code`)
    await here.getByLabel('E-mail address').fill(email)
    await here.keyboard.press('Enter')
    await here.getByLabel('Code').waitFor()
    const again = await newest(world)
    await clickEverything(robot, again.link, 'x')
    await here.goto(again.link)
    await here.getByRole('button', { name: 'Sign in', exact: true }).click()
    await here.waitForURL(`${url}/account`)
    await here.getByRole('button', { name: 'Sign out', exact: true }).first().click()

    await here.goto(`${url}/forgot-password`)
    await here.getByLabel('E-mail address').fill(email)
    await here.keyboard.press('Enter')
    await here.getByLabel('Code').waitFor()
    const reset = await newest(world)
    await clickEverything(robot, reset.link, next)
    await here.goto(reset.link)
    assert.equal(await here.getByLabel('Code').count(), 0)
    await here.getByLabel('New password').fill(next)
    await here.keyboard.press('Enter')
    await here.waitForURL(`${url}/sign-in`)
    await here.getByLabel('User name').fill(email)
    await here.getByLabel('Password').fill(next)
    await here.keyboard.press('Enter')
    await here.waitForURL(`${url}/account`)
    await phone.goto(`${url}/account`)
    assert.match(phone.url(), /\/sign-in/, 'the reset has ended the session of the phone')
  },
)
