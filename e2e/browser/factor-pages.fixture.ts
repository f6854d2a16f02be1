import type { Page } from 'playwright-core'
import { authenticator } from '../../packages/server/src/http/api/factors.fixture.ts'
import { password, signInOn, type PagesWorld } from '@countersign/testing/pages'

/** A page in a state, ready to be checked. */
export interface FactorState {
  readonly name: string
  readonly page: Page
}

/** Signs a user up. */
async function signUp(page: Page, url: string, username: string): Promise<void> {
  await page.goto(`${url}/sign-up`)
  await fill(page, { username, new_password: password })
  await submit(page, '/sign-up')
}

/** Takes the first step of a sign-in. */
async function begin(page: Page, url: string, username: string): Promise<void> {
  await page.goto(`${url}/sign-in`)
  await fill(page, { username, password })
  await submit(page, '/sign-in')
}

/** Visits the pages on which a user adds, uses and removes a factor, in one language where there are two. */
export async function* factorPages(world: PagesWorld, locale: string): AsyncGenerator<FactorState> {
  const { url, server } = world
  const [page, other] = [await world.open({ locale }), await world.open({ locale })]
  const user = `ada-${locale}`
  await signUp(page, url, user)
  await page.goto(`${url}/account/confirm`)
  yield { name: 'confirm with the password', page }
  await page.goto(`${url}/account/factors`)
  for (const one of await page.locator('summary').all()) await one.click()
  yield { name: 'no factor', page }
  await page.locator('form[action="/account/factors/totp"] [name=password]').fill(password)
  await submit(page, '/account/factors/totp')
  yield { name: 'a QR code', page }
  const key = await page.locator('main pre').innerText()
  const code = authenticator(server, key.replaceAll(' ', ''))
  await fill(page, { code: code() === '000000' ? '000001' : '000000' })
  await submit(page, '/account/factors/totp/confirm')
  yield { name: 'a wrong first code', page }
  await fill(page, { code: code() })
  await submit(page, '/account/factors/totp/confirm')
  yield { name: 'recovery codes', page }
  await page.goto(`${url}/account/factors`)
  for (const one of await page.locator('summary').all()) await one.click()
  yield { name: 'an application', page }
  await page.goto(`${url}/account/factors/totp/remove`)
  yield { name: 'remove the application', page }

  await begin(other, url, user)
  for (const one of await other.locator('summary').all()) await one.click()
  yield { name: 'the second step', page: other }
  await fill(other, { recovery_code: 'aaaa-aaaa-aaaa-aaaa' })
  await submit(other, '/sign-in/factor/recovery-code')
  yield { name: 'a wrong recovery code', page: other }
  server.clock.advance(301)
  await page.goto(`${url}/account/factors`)
  yield { name: 'confirm first', page }
  await page.locator('main a[href^="/account/confirm"]').click()
  for (const one of await page.locator('summary').all()) await one.click()
  yield { name: 'confirm with a code', page }
}

/** Visits the pages on which an administrator sees and resets the factors of ada. */
export async function* resetPages(world: PagesWorld, user: string): AsyncGenerator<FactorState> {
  const page = await world.open()
  await signInOn(page, world.url)
  await page.goto(`${world.url}/console/users`)
  await page.getByRole('link', { name: user, exact: true }).click()
  yield { name: 'the user in the console', page }
  await page.getByRole('link', { name: 'Reset second factors' }).click()
  yield { name: 'reset the factors', page }
}

/** Visits the pages on which a user who must have a factor adds it while signing in. */
export async function* enrolmentPages(
  world: PagesWorld,
  locale: string,
): AsyncGenerator<FactorState> {
  const page = await world.open({ locale })
  await signUp(page, world.url, `grace-${locale}`)
  yield { name: 'add a factor first', page }
  await submit(page, '/sign-in/factor/add')
  yield { name: 'a QR code in a sign-in', page }
  await fill(page, { code: '000000' })
  await submit(page, '/sign-in/factor/add/confirm')
  yield { name: 'a wrong first code in a sign-in', page }
}

async function fill(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(fields))
    await page.locator(`main [name=${name}]:visible`).first().fill(text)
}

async function submit(page: Page, action: string): Promise<void> {
  const button = page.locator(`main form[action="${action}"] button:not([type=button])`)
  await Promise.all([page.waitForEvent('load'), button.click()])
}
