import { account } from './account.ts'
import { consoleConfirm } from './console/confirm.ts'
import { consoleDeleteUser } from './console/delete-user.ts'
import { consoleKeys } from './console/keys.ts'
import { consoleAuditLog } from './console/audit-log.ts'
import { consoleOverview } from './console/overview.ts'
import { consoleSessions } from './console/sessions.ts'
import { consoleSettings } from './console/settings.ts'
import { consoleUser } from './console/user.ts'
import { consoleUsers } from './console/users.ts'
import { tokenDebugger } from './debugger.ts'
import { deleteAccount } from './delete-account.ts'
import { docsPage } from './docs.ts'
import { home } from './home.ts'
import type { Page } from './page.ts'
import { problemKindPage } from './problem-kind.ts'
import { signInPage } from './sign-in.ts'
import { signOutPage } from './sign-out.ts'
import { signUpPage } from './sign-up.ts'
import { tour } from './tour.ts'

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
  consoleConfirm,
]

/** What every server shows. */
const everywhere: readonly Page[] = [
  signInPage,
  signUpPage,
  signOutPage,
  docsPage,
  problemKindPage,
  account,
  deleteAccount,
  ...console,
  tokenDebugger,
]

/** Every page of a server in production, in the order in which somebody new meets them. */
export const pages: readonly Page[] = [home, ...everywhere]

/** The same in development, where people are meant to stay a while at the beginning. */
export const developmentPages: readonly Page[] = [tour, ...everywhere]
