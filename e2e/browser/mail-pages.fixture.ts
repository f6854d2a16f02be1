import type { Page } from 'playwright-core'
import { openPages, password, type PagesWorld } from '@countersign/testing/pages'

/** The languages of the pages, with the locale of a browser that prefers it. */
export const locales = { en: 'en-US', de: 'de-DE' } as const

/** A language of the pages. */
export type PageLanguage = keyof typeof locales

/** A page in a state, ready to be checked. */
export interface PageState {
  readonly name: string
  readonly page: Page
}

/** Starts a server on which users sign in with codes. */
export const openMailPages = () => openPages({ COUNTERSIGN_MAIL_SIGN_IN_CODES: 'yes' })

/** Returns the link of the newest mail that has a code. */
async function newestLink({ server }: PagesWorld): Promise<string> {
  const mail = (await server.mails()).find(({ text }) => /^\d{3} \d{3} \d{3}$/m.test(text))
  return /^http\S+$/m.exec(mail?.text ?? '')?.[0] ?? ''
}

/** Visits the pages of mail in every state, in one language. The browser finds fields by their names, because labels differ. */
export async function* mailPages(
  world: PagesWorld,
  language: PageLanguage,
): AsyncGenerator<PageState> {
  const options = { locale: locales[language], reducedMotion: 'reduce' } as const
  const [page, elsewhere, member] = [
    await world.open(options),
    await world.open(options),
    await world.open(options),
  ]
  const email = `ada-${language}@example.com`
  await signUp(member, world.url, `ada-${language}`, email)
  yield* resetPages(world, { page, elsewhere, email })
  yield* addressPages(world, { page: member, elsewhere })
  yield* signInPages(world, { page, elsewhere, email })
  await member.goto(`${world.url}/mailbox`)
  yield { name: 'mailbox', page: member }
}

interface Visit {
  readonly page: Page
  readonly elsewhere: Page
  readonly email: string
}

async function* resetPages(world: PagesWorld, { page, elsewhere, email }: Visit) {
  await page.goto(`${world.url}/forgot-password`)
  yield { name: 'forgot', page }
  await submit(page, { email: 'ada' })
  yield { name: 'forgot-refused', page }
  await page.goto(`${world.url}/forgot-password`)
  await submit(page, { email })
  yield { name: 'reset-asked', page }
  await submit(page, { code: '123456789', new_password: 'cirrus over seven lakes' })
  yield { name: 'reset-refused', page }
  const link = await newestLink(world)
  await page.goto(link)
  yield { name: 'reset-link', page }
  await elsewhere.goto(link)
  yield { name: 'reset-elsewhere', page: elsewhere }
  await elsewhere.goto(`${world.url}/reset-password`)
  yield { name: 'reset-address', page: elsewhere }
}

async function* addressPages(world: PagesWorld, { page, elsewhere }: Omit<Visit, 'email'>) {
  await page.goto(`${world.url}/account`)
  const form = page.locator('details:has(form[action="/account/email"])')
  await form.locator('summary').click()
  await form.scrollIntoViewIfNeeded()
  yield { name: 'address-form', page } // the rest of the account page is in English
  await page.locator('form[action="/account/email/verification"] button').click()
  await page.locator('[name=code]').waitFor()
  yield { name: 'verify-asked', page }
  await submit(page, { code: '123456789' })
  yield { name: 'verify-refused', page }
  const link = await newestLink(world)
  await elsewhere.goto(link)
  yield { name: 'verify-signed-out', page: elsewhere }
  await page.goto(link)
  yield { name: 'verify-link', page }
  await submit(page, {})
  yield { name: 'verified', page }
}

async function* signInPages(world: PagesWorld, { page, elsewhere, email }: Visit) {
  await page.goto(`${world.url}/sign-in-code`)
  yield { name: 'code-ask', page }
  await submit(page, { email })
  yield { name: 'code-asked', page }
  await submit(page, { code: '123456789' })
  yield { name: 'code-refused', page }
  const link = await newestLink(world)
  await page.goto(link)
  yield { name: 'code-link', page }
  await elsewhere.goto(link)
  yield { name: 'code-elsewhere', page: elsewhere }
  await elsewhere.goto(`${world.url}/sign-in-code?by=address`)
  yield { name: 'code-address', page: elsewhere }
}

/** Fills the form of a page and submits it. */
async function submit(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(fields))
    await page.locator(`main [name=${name}]`).fill(value)
  await page.locator('main form').evaluate((form: { noValidate: boolean }) => {
    form.noValidate = true // the refusal of the server is the state that is looked at
  })
  await Promise.all([
    page.waitForEvent('load'),
    page.locator('main form button:not([type=button])').first().click(),
  ])
}

async function signUp(page: Page, url: string, name: string, email: string): Promise<void> {
  await page.goto(`${url}/sign-up`)
  await page.locator('[name=username]').fill(name)
  await page.locator('[name=email]').fill(email)
  await page.locator('[name=new_password]').fill(password)
  await page.locator('main form button:not([type=button])').click()
  await page.waitForURL(`${url}/account`)
}
