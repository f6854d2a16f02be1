import type { CDPSession, Page } from 'playwright-core'
import { password as usualPassword } from '@countersign/testing/pages'

/** Adds an authenticator to a window. It answers at once while `automaticPresenceSimulation` is on. */
export async function addAuthenticator(
  cdp: CDPSession,
  transport: 'internal' | 'usb' = 'internal',
) {
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport,
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return authenticatorId
}

/** Adds an authenticator that consents at once to the browser of a page; returns how to remove its passkeys. */
export async function withAuthenticator(page: Page) {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const authenticatorId = await addAuthenticator(cdp)
  return async () => cdp.send('WebAuthn.clearCredentials', { authenticatorId })
}

/** Opens the form for a new passkey from the page of factors. */
async function openNewPasskey(page: Page, url: string, password: string) {
  await page.goto(`${url}/account/factors`)
  const fold = page.locator('details', { hasText: 'Add a passkey' })
  await fold.locator('summary').click()
  await fold.getByLabel('Your password').fill(password)
  await fold.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { name: 'Add a passkey' }).waitFor()
}

/** Adds a passkey on the page of factors. */
export async function addPasskey(page: Page, url: string, name: string) {
  await openNewPasskey(page, url, usualPassword)
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Create the passkey' }).click()
}

/** Adds a passkey for the signed-in administrator of development; yields the name of each state of the pages on the way. */
export async function* newPasskey(page: Page, url: string): AsyncGenerator<string> {
  await withAuthenticator(page)
  await openNewPasskey(page, url, 'password')
  yield 'a new passkey'
  await page.getByRole('button', { name: 'Create the passkey' }).click()
  await page.getByRole('heading', { name: 'Keep your recovery codes' }).waitFor()
  await page.goto(`${url}/account/factors`)
  for (const one of await page.locator('summary').all()) await one.click()
  yield 'the factors of a user with a passkey'
  await page.getByRole('link', { name: 'Change This device' }).click()
  await page.getByText('It is your last second factor').waitFor()
  yield 'the last passkey'
  await page.goto(`${url}/account/confirm`)
  await page.getByRole('button', { name: 'Use a passkey' }).waitFor()
  yield 'the confirmation with a passkey'
}
