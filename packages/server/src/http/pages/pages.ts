import { account } from './account/account.ts'
import { accountTokens, revokeTokenPage } from './account/tokens.ts'
import { consoleClient } from './console/clients/client.ts'
import {
  consoleEndSecret,
  consoleRemoveClient,
  consoleSignOutClient,
} from './console/clients/client-questions.ts'
import { consoleClients } from './console/clients/clients.ts'
import { consoleAddApplication } from './console/clients/new-application.ts'
import { consoleAddClient } from './console/clients/new-client.ts'
import { consoleRemoveResource, consoleResources } from './console/clients/resources.ts'
import { consoleRevokeToken, consoleTokens } from './console/clients/tokens.ts'
import { accountSignInMethods } from './account/sign-in-methods.ts'
import { accountFactors } from './account/factors.ts'
import { accountPasskey } from './account/passkeys.ts'
import { removeFactorPage } from './account/remove-factor.ts'
import { accountApplications, disconnectPage } from './account/applications.ts'
import { authorizePage } from './oauth/authorize.ts'
import { devicePage } from './oauth/device.ts'
import { endSessionPage } from './oauth/end-session.ts'
import { stepUpPage } from './sign-in/step-up.ts'
import { consoleResetFactors } from './console/users/reset-factors.ts'
import { consoleDeleteUser } from './console/users/delete-user.ts'
import { consoleInvitations } from './console/users/invitations.ts'
import { consoleKeys } from './console/keys.ts'
import { consoleRotateKeys } from './console/rotate-keys.ts'
import { consoleAuditLog } from './console/audit-log.ts'
import { consoleMail } from './console/mail.ts'
import { consoleOverview } from './console/overview.ts'
import { consoleSessions } from './console/users/sessions.ts'
import { consoleSettings } from './console/settings.ts'
import { consoleNewUser } from './console/users/new-user.ts'
import { consoleInvite } from './console/users/new-invitation.ts'
import { consoleDisableUser, consoleSignOutUser } from './console/users/user-questions.ts'
import { consoleUser } from './console/users/user.ts'
import { consoleUsers } from './console/users/users.ts'
import { tokenDebugger } from './developers/token-debugger.ts'
import { deleteAccount } from './account/delete-account.ts'
import { developmentDocsPage, docsPage } from './developers/docs.ts'
import { mailboxPage } from './developers/mailbox.ts'
import type { Page } from './page.ts'
import { problemTypePage } from './developers/problem-type.ts'
import { forgotPasswordPage, resetPasswordPage } from './sign-in/reset-password.ts'
import { providerCallbackPage } from './sign-in/provider-callback.ts'
import { secondStepPage } from './sign-in/second-step.ts'
import { signInWithCodePage } from './sign-in/sign-in-code.ts'
import { verifyEmailPage } from './sign-in/verify-email.ts'
import { signInPage } from './sign-in/sign-in.ts'
import { signOutPage } from './sign-in/sign-out.ts'
import { signUpPage } from './sign-in/sign-up.ts'
import { tour } from './developers/tour.ts'

/** The home page of a production server: a redirect. */
const home: Page = {
  path: '/',
  summary: 'Redirect to the account, or to the sign-in page',
  access: 'public',
  render: ({ visitor, link }) => ({ to: link(visitor ? '/account' : '/sign-in') }),
}

/** The pages of the console, for administrators. */
const console: readonly Page[] = [
  consoleOverview,
  consoleUsers,
  consoleNewUser, // before the page of one user, whose path has a parameter there
  consoleUser,
  consoleDisableUser,
  consoleSignOutUser,
  consoleDeleteUser,
  consoleResetFactors,
  consoleInvitations,
  consoleInvite,
  consoleSessions,
  consoleClients,
  consoleAddClient,
  consoleAddApplication,
  consoleClient,
  consoleEndSecret,
  consoleSignOutClient,
  consoleRemoveClient,
  consoleResources,
  consoleRemoveResource,
  consoleTokens,
  consoleRevokeToken,
  consoleKeys,
  consoleRotateKeys,
  consoleAuditLog,
  consoleMail,
  consoleSettings,
]

/** The pages of every server. */
const everywhere: readonly Page[] = [
  signInPage,
  providerCallbackPage,
  secondStepPage,
  signUpPage,
  signOutPage,
  forgotPasswordPage,
  resetPasswordPage,
  verifyEmailPage,
  signInWithCodePage,
  authorizePage,
  devicePage,
  endSessionPage,
  problemTypePage,
  account,
  accountFactors,
  removeFactorPage,
  accountPasskey,
  accountSignInMethods,
  accountTokens,
  revokeTokenPage,
  accountApplications,
  disconnectPage,
  stepUpPage,
  deleteAccount,
  ...console,
  tokenDebugger,
]

/** Every page of a production server, in the order of the reference. */
export const pages: readonly Page[] = [home, docsPage, ...everywhere]

/** The pages of a development server, whose home page is the tour, and which has a mailbox. */
export const developmentPages: readonly Page[] = [
  tour,
  developmentDocsPage,
  ...everywhere,
  mailboxPage,
]
