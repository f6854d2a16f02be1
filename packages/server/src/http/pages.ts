import { account } from './pages/account.ts'
import { deleteAccount } from './pages/delete-account.ts'
import { home } from './pages/home.ts'
import type { Page } from './pages/page.ts'
import { signInPage } from './pages/sign-in.ts'
import { signOutPage } from './pages/sign-out.ts'
import { signUpPage } from './pages/sign-up.ts'

/** What every server shows. */
const everywhere: readonly Page[] = [signInPage, signUpPage, signOutPage, account, deleteAccount]

/** Every page of a server in production, in the order in which somebody new meets them. */
export const pages: readonly Page[] = [home, ...everywhere]

/** The same in development. */
export const developmentPages: readonly Page[] = [home, ...everywhere]
