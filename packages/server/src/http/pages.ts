import { account } from './pages/account.ts'
import { consoleConfirm } from './pages/console/confirm.ts'
import { consoleDeleteUser } from './pages/console/delete-user.ts'
import { consoleKeys } from './pages/console/keys.ts'
import { consoleLedger } from './pages/console/ledger.ts'
import { consoleOverview } from './pages/console/overview.ts'
import { consoleSessions } from './pages/console/sessions.ts'
import { consoleSettings } from './pages/console/settings.ts'
import { consoleUser } from './pages/console/user.ts'
import { consoleUsers } from './pages/console/users.ts'
import { tokenDebugger } from './pages/debugger.ts'
import { deleteAccount } from './pages/delete-account.ts'
import { docsPage } from './pages/docs.ts'
import { home } from './pages/home.ts'
import type { Page } from './pages/page.ts'
import { problemKindPage } from './pages/problem-kind.ts'
import { signInPage } from './pages/sign-in.ts'
import { signOutPage } from './pages/sign-out.ts'
import { signUpPage } from './pages/sign-up.ts'
import { tour } from './pages/tour.ts'

/** For administrators. */
const console: readonly Page[] = [
  consoleOverview,
  consoleUsers,
  consoleUser,
  consoleDeleteUser,
  consoleSessions,
  consoleKeys,
  consoleLedger,
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
