import type { Migration } from 'kysely/migration'
import { initial } from './0001-initial.ts'
import { sessions } from './0002-sessions.ts'
import { users } from './0003-users.ts'
import { keys } from './0004-keys.ts'
import { ledger } from './0005-ledger.ts'
import { limits } from './0006-limits.ts'
import { statusLists } from './0007-status-lists.ts'
import { ledgerTypes } from './0008-ledger-types.ts'
import { invitations } from './0009-invitations.ts'
import { invitationMakers } from './0010-invitation-makers.ts'
import { sessionsNotEnded } from './0011-sessions-not-ended.ts'
import { fieldNames } from './0012-field-names.ts'
import { keyMacs } from './0013-key-macs.ts'
import { userSearch } from './0014-user-search.ts'
import { sessionsUnused } from './0015-sessions-unused.ts'
import { mailCodes } from './0021-mail-codes.ts'
import { verifiedEmails } from './0022-verified-emails.ts'
import { userLanguages } from './0023-user-languages.ts'
import { outbox } from './0020-outbox.ts'
import { mailCodeNetworks } from './0024-mail-code-networks.ts'
import { resources } from './0030-resources.ts'
import { clients } from './0031-clients.ts'
import { sessionKinds } from './0032-session-kinds.ts'
import { keyChains } from './0033-key-chains.ts'
import { resetLinkMakers } from './0034-reset-link-makers.ts'
import { authorizationCodes } from './0040-authorization-codes.ts'
import { deviceAndPushedRequests } from './0041-device-and-pushed-requests.ts'
import { boundKeys } from './0042-bound-keys.ts'
import { openResources } from './0043-open-resources.ts'
import { logoutNotices } from './0044-logout-notices.ts'
import { secondFactors } from './0050-second-factors.ts'
import { passkeys } from './0051-passkeys.ts'
import { hashKinds } from './0060-hash-kinds.ts'
import { strands } from './0061-strands.ts'
import { unnumberedStatusChanges } from './0062-unnumbered-status-changes.ts'
import { sessionsFill } from './0063-sessions-fill.ts'
import { identities } from './0070-identities.ts'
import { moves } from './0073-moves.ts'
import { announcedUsers } from './0074-announced-users.ts'
import { auditLogTimes } from './0075-audit-log-times.ts'

/** Every migration, in order. A released one is never edited. Each only adds, so that two versions can run at once. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-initial': initial,
  '0002-sessions': sessions,
  '0003-users': users,
  '0004-keys': keys,
  '0005-ledger': ledger,
  '0006-limits': limits,
  '0007-status-lists': statusLists,
  '0008-ledger-types': ledgerTypes,
  '0009-invitations': invitations,
  '0010-invitation-makers': invitationMakers,
  '0011-sessions-not-ended': sessionsNotEnded,
  '0012-field-names': fieldNames,
  '0013-key-macs': keyMacs,
  '0014-user-search': userSearch,
  '0015-sessions-unused': sessionsUnused,
  '0020-outbox': outbox,
  '0021-mail-codes': mailCodes,
  '0022-verified-emails': verifiedEmails,
  '0023-user-languages': userLanguages,
  '0024-mail-code-networks': mailCodeNetworks,
  '0030-resources': resources,
  '0031-clients': clients,
  '0032-session-kinds': sessionKinds,
  '0033-key-chains': keyChains,
  '0034-reset-link-makers': resetLinkMakers,
  '0040-authorization-codes': authorizationCodes,
  '0041-device-and-pushed-requests': deviceAndPushedRequests,
  '0042-bound-keys': boundKeys,
  '0043-open-resources': openResources,
  '0044-logout-notices': logoutNotices,
  '0050-second-factors': secondFactors,
  '0051-passkeys': passkeys,
  '0060-hash-kinds': hashKinds,
  '0061-strands': strands,
  '0062-unnumbered-status-changes': unnumberedStatusChanges,
  '0063-sessions-fill': sessionsFill,
  '0070-identities': identities,
  '0073-moves': moves,
  '0074-announced-users': announcedUsers,
  '0075-audit-log-times': auditLogTimes,
}
