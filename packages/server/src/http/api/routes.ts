import * as z from 'zod'
import { route, type Route } from '../pipeline/route.ts'
import { invite, listInvitations, revokeInvitationRoute } from './admin/invitations.ts'
import { listKeys, rotateKeys, revokeKey } from './admin/keys.ts'
import { verifyAuditLogRoute, listAuditLog, downloadAuditLog } from './admin/audit-log.ts'
import {
  deleteUserRoute,
  disable,
  enable,
  makeLink,
  resetUserFactors,
  setUserPassword,
} from './admin/user-actions.ts'
import {
  addClientRoute,
  changeClient,
  listClients,
  removeClientRoute,
  signOutClient,
} from './admin/clients.ts'
import { endSecret, rotateSecret } from './admin/client-secrets.ts'
import { listResources, removeResourceRoute, setResource } from './admin/resources.ts'
import { endAnySession, endUserSessions, userSessions } from './admin/sessions.ts'
import { addUser, changeUser, listUsers, getUser } from './admin/users.ts'
import { oauthIntrospect } from './oauth/introspect.ts'
import { metadata, openIdMetadata } from './oauth/metadata.ts'
import { oauthDevice } from './oauth/device.ts'
import { oauthPar } from './oauth/par.ts'
import { oauthRevoke } from './oauth/revoke.ts'
import { oauthToken } from './oauth/token.ts'
import { userinfo, userinfoByPost } from './oauth/userinfo.ts'
import { listTokens, makeToken, revokeToken } from './tokens.ts'
import { loginFactor, loginTotp, loginTotpConfirm } from './login-factor.ts'
import { live, ready } from './health.ts'
import { problemType } from './problem-types.ts'
import { endOthers, endOne, login, loginCode, logout, refresh, sessions } from './sessions.ts'
import { askVerification, forgot, reset, verify } from './recovery.ts'
import { statusFeed, statusList, statusLists } from './status-lists.ts'
import { changeMe, changeMyPassword, deleteMe, me, register } from './users.ts'
import {
  confirmTotpRoute,
  listFactors,
  makeRecoveryCodesRoute,
  proposeTotpRoute,
  removeTotpRoute,
  stepUpRoute,
} from './factors.ts'
import { loginFactorOptions, loginPasskey, loginPasskeyOptions } from './login-passkey.ts'
import {
  addPasskeyRoute,
  passkeyOptionsRoute,
  removePasskeyRoute,
  renamePasskeyRoute,
  stepUpOptionsRoute,
} from './passkeys.ts'
import { jwks, openApiRoute, relatedOrigins } from './discovery.ts'

// api/: the JSON API. Each route is a value in the file of its topic, and a line in the list below.
// The shared steps of a request are in ../pipeline/.

/** The routes for administrators. */
export const adminRoutes: readonly Route[] = [
  listUsers,
  addUser,
  getUser,
  changeUser,
  disable,
  enable,
  setUserPassword,
  makeLink,
  resetUserFactors,
  deleteUserRoute,
  userSessions,
  endUserSessions,
  endAnySession,
  listInvitations,
  invite,
  revokeInvitationRoute,
  listResources,
  setResource,
  removeResourceRoute,
  listClients,
  addClientRoute,
  changeClient,
  rotateSecret,
  endSecret,
  signOutClient,
  removeClientRoute,
  listKeys,
  rotateKeys,
  revokeKey,
  listAuditLog,
  verifyAuditLogRoute,
  downloadAuditLog,
]

/** Every route, in the order of the reference. */
export const routes: readonly Route[] = [
  login,
  loginCode,
  loginFactor,
  loginTotp,
  loginTotpConfirm,
  loginFactorOptions,
  loginPasskeyOptions,
  loginPasskey,
  refresh,
  logout,
  register,
  me,
  changeMe,
  deleteMe,
  changeMyPassword,
  listFactors,
  proposeTotpRoute,
  confirmTotpRoute,
  removeTotpRoute,
  makeRecoveryCodesRoute,
  passkeyOptionsRoute,
  addPasskeyRoute,
  renamePasskeyRoute,
  removePasskeyRoute,
  stepUpRoute,
  stepUpOptionsRoute,
  forgot,
  reset,
  askVerification,
  verify,
  sessions,
  endOne,
  endOthers,
  listTokens,
  makeToken,
  revokeToken,
  oauthToken,
  oauthPar,
  oauthDevice,
  oauthIntrospect,
  oauthRevoke,
  userinfo,
  userinfoByPost,
  statusLists,
  statusList,
  statusFeed,
  jwks,
  metadata,
  openIdMetadata,
  relatedOrigins,
  openApiRoute(() => routes),
  problemType,
  live,
  ready,
  ...adminRoutes,
]

/** The tutorial's guarded route; its messages are the tutorial's to the letter. In development only. */
const tutorial = route({
  method: 'GET',
  path: '/protected',
  summary: 'Greet the user of a valid token',
  limit: { none: 'it reads nothing' },
  access: 'user',
  legacyTokens: true,
  missingStatus: 403,
  answer: z.strictObject({ message: z.string() }),
  failures: [],
  example: { answer: { message: 'Hello, admin. You are authenticated!' } },

  handle: ({ principal }) => {
    const { username } = principal().token.claims
    return { message: `Hello, ${String(username)}. You are authenticated!` }
  },
})

/** The routes that only development has. */
export const developmentRoutes: readonly Route[] = [tutorial]
