import type { Page } from 'playwright-core'

/** A picture: who sees the page, and the steps to it in a new window. */
export interface Shot {
  readonly name: string
  readonly as: 'guest' | 'ada' | 'admin'
  /** The pictures that docs/screenshots keeps, such as `phone` and `desktop-dark`; without, the docs do not show the page. */
  readonly kept?: readonly (`${'phone' | 'desktop'}` | `${'phone' | 'desktop'}-dark`)[]
  go(page: Page, url: string): Promise<unknown>
}

type Kept = Shot['kept']
const both: Kept = ['phone', 'desktop']
const all: Kept = ['phone', 'desktop', 'phone-dark', 'desktop-dark']

function at(as: Shot['as'], name: string, path: string, kept?: Kept): Shot {
  const go = (page: Page, url: string) => page.goto(url + path, { waitUntil: 'networkidle' })
  return { name, as, ...(kept && { kept }), go }
}

/** Every page, and the states that are worth a picture. */
export const shots: readonly Shot[] = [
  at('guest', 'sign-in', '/sign-in', all),
  {
    name: 'sign-in-failed',
    as: 'guest',
    async go(page, url) {
      await page.goto(`${url}/sign-in`)
      await page.locator('[name=username]').fill('ada')
      await page.locator('[name=password]').fill('wrong')
      await page.keyboard.press('Enter')
      await page.locator('.fault').waitFor()
    },
  },
  at('guest', 'sign-up', '/sign-up', ['phone']),
  at('guest', 'forgot-password', '/forgot-password'),
  { name: 'reset-password', as: 'guest', kept: ['phone'], go: askForPassword },
  at('guest', 'mailbox', '/mailbox', ['phone']),
  at('guest', 'docs', '/docs', both),
  at('guest', 'no-page', '/nowhere', ['phone']),
  at('guest', 'problem', '/problems/credentials_wrong'),
  {
    name: 'tour',
    as: 'guest',
    kept: both,
    async go(page, url) {
      await startTour(page, url)
      await page.locator('#out-look .token').waitFor()
    },
  },
  at('guest', 'tour-before', '/'),
  {
    name: 'debugger',
    as: 'guest',
    kept: both,
    async go(page, url) {
      await startTour(page, url)
      await page.locator('#to-debugger').click()
      await page.locator('.banner').waitFor()
    },
  },
  at('ada', 'account', '/account', all),
  at('ada', 'account-factors', '/account/factors'),
  at('ada', 'account-confirm', '/account/confirm?return_to=/account'),
  at('ada', 'account-tokens', '/account/tokens'),
  at('ada', 'account-applications', '/account/applications'),
  at('ada', 'account-delete', '/account/delete'),
  at('ada', 'device', '/device'),
  at('admin', 'console', '/console', all),
  at('admin', 'console-users', '/console/users', both),
  at('admin', 'console-new-user', '/console/users/add'),
  at('admin', 'console-invitations', '/console/invitations', ['desktop']),
  at('admin', 'console-invite', '/console/invitations/add'),
  {
    name: 'console-user',
    as: 'admin',
    kept: ['desktop'],
    async go(page, url) {
      await page.goto(`${url}/console/users?search=ada`)
      await page.getByRole('link', { name: 'ada', exact: true }).click()
    },
  },
  at('admin', 'console-sessions', '/console/sessions'),
  at('admin', 'console-clients', '/console/clients', ['desktop']),
  at('admin', 'console-new-application', '/console/clients/add-application', ['desktop']),
  at('admin', 'console-new-client', '/console/clients/add'),
  {
    name: 'console-application',
    as: 'admin',
    kept: ['desktop'],
    async go(page, url) {
      await page.goto(`${url}/console/clients`)
      await page.getByRole('link', { name: 'wiki' }).click()
    },
  },
  at('admin', 'console-resources', '/console/resources'),
  at('admin', 'console-tokens', '/console/tokens'),
  at('admin', 'console-keys', '/console/keys', both),
  at('admin', 'console-audit-log', '/console/audit-log', both),
  at('admin', 'console-mail', '/console/mail'),
  at('admin', 'console-settings', '/console/settings', ['desktop']),
]

async function startTour(page: Page, url: string) {
  await page.goto(url)
  await page.locator('[data-step=login]').click()
}

async function askForPassword(page: Page, url: string) {
  await page.goto(`${url}/forgot-password`)
  await page.locator('[name=email]').fill('ada@example.com')
  await page.keyboard.press('Enter')
  await page.locator('[name=code]').waitFor()
}
