// Passkeys on the pages, with the virtual authenticator of Chromium (CTAP2, discoverable credentials, user verification).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { howToGetChromium } from '@countersign/testing/browser'
import { executable, openPages, password, type PagesWorld } from '@countersign/testing/pages'
import { addAuthenticator, addPasskey } from './passkeys.fixture.ts'

const skip = executable ? false : howToGetChromium
const heading = (page: Page) => page.locator('h1').textContent()
const notice = (page: Page) => page.locator('.notice').textContent()
const ada = { username: 'ada', password }

/** Opens a window with an authenticator, in which ada is signed in. */
async function openAda(world: PagesWorld) {
  const page = await world.open()
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const authenticatorId = await addAuthenticator(cdp)
  await page.goto(`${world.url}/sign-up`)
  await page.getByLabel('User name').fill(ada.username)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: /^Create (an )?account$/ }).click()
  await page.waitForURL(`${world.url}/account`)
  return { page, cdp, authenticatorId }
}

async function signOut(page: Page) {
  await page.context().clearCookies()
}

test(
  'a user adds a passkey and signs in with it, by the list of names and by the button',
  { skip },
  async () => {
    await using world = await openPages()
    const { page } = await openAda(world)
    await addPasskey(page, world.url, 'Laptop')
    await page.getByRole('heading', { name: 'Keep your recovery codes' }).waitFor()
    await page.goto(`${world.url}/account/factors`)
    assert.equal(await page.getByText('Laptop', { exact: true }).count(), 1)

    await signOut(page)
    await page.goto(`${world.url}/sign-in`) // the conditional request is answered without a click
    await page.waitForURL(`${world.url}/account`)
    assert.equal(await heading(page), 'ada')

    await signOut(page)
    // as in a browser without conditional requests
    await page.addInitScript('delete PublicKeyCredential.isConditionalMediationAvailable')
    await page.goto(`${world.url}/sign-in?return_to=%2Faccount%2Ffactors`)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.waitForURL(`${world.url}/account/factors`)
  },
)

test('a passkey is the second step after the password, and steps up', { skip }, async () => {
  await using world = await openPages()
  const { page, cdp, authenticatorId } = await openAda(world)
  await addPasskey(page, world.url, 'Laptop')
  await page.getByRole('heading', { name: 'Keep your recovery codes' }).waitFor()
  await signOut(page)
  const presence = { authenticatorId, enabled: false }
  await cdp.send('WebAuthn.setAutomaticPresenceSimulation', presence)
  await page.goto(`${world.url}/sign-in`)
  await page.getByLabel('User name').fill(ada.username)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { ...presence, enabled: true })
  await page.getByRole('heading', { name: 'Second step' }).waitFor()
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await page.waitForURL(`${world.url}/account`)

  world.server.clock.advance(301)
  await page.goto(`${world.url}/account/factors`)
  await page.getByRole('link', { name: 'Confirm', exact: true }).click()
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await page.waitForURL(`${world.url}/account/factors`)
  assert.equal(await page.locator('summary', { hasText: 'Add a passkey' }).count(), 1)
})

test(
  'several passkeys are renamed and removed, the last one with a warning',
  { skip },
  async () => {
    await using world = await openPages()
    const { page, cdp, authenticatorId } = await openAda(world)
    await addPasskey(page, world.url, 'Laptop')
    await page.getByRole('heading', { name: 'Keep your recovery codes' }).waitFor()
    await addPasskey(page, world.url, 'Again')
    await page.getByText('No passkey was used').waitFor() // this authenticator has one
    await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
    await addAuthenticator(cdp, 'usb')
    await addPasskey(page, world.url, 'Key')
    assert.match((await notice(page)) ?? '', /The passkey is added/)

    const open = async (name: string) => {
      await page.goto(`${world.url}/account/factors`)
      await page.getByRole('link', { name: `Change ${name}` }).click()
    }
    await open('Key')
    await page.getByLabel('Name').fill('Security key')
    await page.getByRole('button', { name: 'Rename' }).click()
    assert.match((await notice(page)) ?? '', /another name/)
    const remove = async () => {
      await page.getByLabel('Your password').fill(password)
      await page.getByRole('button', { name: 'Remove' }).click()
      assert.match((await notice(page)) ?? '', /The passkey is removed/)
    }
    await open('Laptop')
    assert.equal(await page.getByText('It is your last second factor').count(), 0)
    await remove()
    await open('Security key')
    assert.equal(await page.getByText('It is your last second factor').count(), 1)
    await remove()
    await page.getByText('You have no second factor').waitFor()
  },
)

test('a passkey of a device that does not verify its user is not accepted', { skip }, async () => {
  await using world = await openPages()
  const { page, cdp, authenticatorId } = await openAda(world)
  await addPasskey(page, world.url, 'Laptop')
  await page.getByRole('heading', { name: 'Keep your recovery codes' }).waitFor()
  await signOut(page)
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
  await page.goto(`${world.url}/sign-in`)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.getByText('No passkey was used').waitFor()
  assert.equal(new URL(page.url()).pathname, '/sign-in')
})
