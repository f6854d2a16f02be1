import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'

// Pages of the console in states that a visit alone does not show.

/** Adds a service account in the console, and rotates its secret. */
export async function* newMachines(page: Page, url: string): AsyncGenerator<string> {
  await page.goto(`${url}/console/clients/add`)
  await page.getByLabel('Name').fill('notes-job')
  await page.getByLabel('Resources').fill('https://unknown.example')
  for (const one of await page.locator('summary').all()) await one.click()
  await page.getByLabel('The token of a workload').check()
  await page.getByLabel('Issuer').waitFor()
  assert.ok(!(await page.getByLabel('Public keys').isVisible()))
  await page.getByLabel('Its own keys').check()
  await page.getByLabel('Public keys').waitFor()
  yield 'a new service account with keys'
  await page.getByLabel('A secret').check()
  await page.getByRole('button', { name: 'Create' }).click()
  await page.locator('.fault').waitFor()
  yield 'a wrong service account'
  await page.getByLabel('Resources').fill('https://notes.example')
  await page.getByRole('button', { name: 'Create' }).click()
  await page.getByLabel('Secret', { exact: true }).waitFor()
  yield 'a secret that is shown once'
  await page.getByRole('link', { name: 'Done' }).click()
  for (const one of await page.locator('summary').all()) await one.click()
  yield 'a service account unfolded'
  await page.getByLabel('Overlap').selectOption('604800')
  await page.getByRole('button', { name: 'Create another secret' }).click()
  await page.getByLabel('Secret', { exact: true }).waitFor()
  yield 'another secret'
}

/** Adds an application in the console. */
export async function* newApplications(page: Page, url: string): AsyncGenerator<string> {
  await page.goto(`${url}/console/clients/add-application`)
  await page.getByLabel('Name').fill('wiki')
  await page.getByLabel('Redirect URIs', { exact: true }).fill('http://wiki.example/callback')
  for (const one of await page.locator('summary').all()) await one.click()
  await page.getByRole('button', { name: 'Create' }).click()
  await page.locator('.fault').waitFor()
  yield 'a wrong application'
  await page.getByLabel('Redirect URIs', { exact: true }).fill(`https://${'w'.repeat(60)}.example/`)
  await page.getByRole('button', { name: 'Create' }).click()
  await page.getByLabel('Secret', { exact: true }).waitFor()
  yield 'a new application'
  await page.getByRole('link', { name: 'Done' }).click()
  for (const one of await page.locator('summary').all()) await one.click()
  yield 'an application unfolded'
  await page.getByRole('link', { name: 'Remove …' }).click()
  yield 'an application to be removed'
}
