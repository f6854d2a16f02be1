import type { Page } from './page.ts'

/** The beginning of a server in production: nobody is meant to stay here. */
export const home: Page = {
  path: '/',
  summary: 'Go to the account, or to sign in first',
  access: 'anybody',
  show: ({ visitor, link }) => ({ to: link(visitor ? '/account' : '/sign-in') }),
}
