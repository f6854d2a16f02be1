import type { Route } from '../../route.ts'
import { invite, listInvitations, uninvite } from './invitations.ts'
import { listKeys, rotateKeys, withdrawKey } from './keys.ts'
import { checkLedger, listLedger, takeLedger } from './ledger.ts'
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
  withdrawKey,
  listLedger,
  checkLedger,
  takeLedger,
]
