import { account } from './account.ts'
import { reauthenticatePage } from './console/reauthenticate.ts'
import { consoleDeleteUser } from './console/delete-user.ts'
import { consoleKeys } from './console/keys.ts'
import { consoleAuditLog } from './console/audit-log.ts'
import { consoleOverview } from './console/overview.ts'
import { consoleSessions } from './console/sessions.ts'
import { consoleSettings } from './console/settings.ts'
import { consoleUser } from './console/user.ts'
import { consoleUsers } from './console/users.ts'
import { tokenDebugger } from './token-debugger.ts'
import { deleteAccount } from './delete-account.ts'
import { docsPage } from './docs.ts'
import type { Page } from './page.ts'
import { problemTypePage } from './problem-type.ts'
import { signInPage } from './sign-in.ts'
import { signOutPage } from './sign-out.ts'
import { signUpPage } from './sign-up.ts'
import { tour } from './tour.ts'

/** The beginning of a server in production: nobody is meant to stay here. */
const home: Page = {
  path: '/',
  summary: 'Go to the account, or to sign in first',
  access: 'public',
  render: ({ visitor, link }) => ({ to: link(visitor ? '/account' : '/sign-in') }),
}

/** For administrators. */
const console: readonly Page[] = [
  consoleOverview,
  consoleUsers,
  consoleUser,
  consoleDeleteUser,
  consoleSessions,
  consoleKeys,
  consoleAuditLog,
  consoleSettings,
  reauthenticatePage,
]

/** What every server shows. */
const everywhere: readonly Page[] = [
  signInPage,
  signUpPage,
  signOutPage,
  docsPage,
  problemTypePage,
  account,
  deleteAccount,
  ...console,
  tokenDebugger,
]

/** Every page of a server in production, in the order in which somebody new meets them. */
export const pages: readonly Page[] = [home, ...everywhere]

/** The same in development, where people are meant to stay a while at the beginning. */
export const developmentPages: readonly Page[] = [tour, ...everywhere]
