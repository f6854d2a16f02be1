import type { Route } from '../../pipeline/route.ts'
import { invite, listInvitations, uninvite } from './invitations.ts'
import { listKeys, rotateKeys, revokeKey } from './keys.ts'
import { verifyAuditLogRoute, listAuditLog, downloadAuditLog } from './audit-log.ts'
import { deleteOne, disable, enable, giveUserPassword } from './lock-out.ts'
import { endAnySession, endUserSessions, userSessions } from './sessions.ts'
import { addUser, changeUser, listUsers, showOne } from './users.ts'

/** What administrators do over HTTP. */
export const adminRoutes: readonly Route[] = [
  listUsers,
  addUser,
  showOne,
  changeUser,
  disable,
  enable,
  giveUserPassword,
  deleteOne,
  userSessions,
  endUserSessions,
  endAnySession,
  listInvitations,
  invite,
  uninvite,
  listKeys,
  rotateKeys,
  revokeKey,
  listAuditLog,
  verifyAuditLogRoute,
  downloadAuditLog,
]
