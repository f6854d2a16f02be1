import type { Kysely } from 'kysely'
import type { Tables } from '../../domain/store.ts'
import { auditLogTable } from './audit-log.ts'
import { authorizationCodesTable } from './authorization-codes.ts'
import { clientsTable } from './clients.ts'
import { deviceCodesTable } from './device-codes.ts'
import { encryptedSecretsTable } from './encrypted-secrets.ts'
import { enrolledFactorsTable } from './enrolled-factors.ts'
import { federatedRequestsTable, identitiesTable } from './identities.ts'
import { hashKindsTable } from './hash-kinds.ts'
import { invitationsTable } from './invitations.ts'
import { limitsTable } from './limits.ts'
import { logoutNoticesTable } from './logout-notices.ts'
import { mailCodesTable } from './mail-codes.ts'
import { outboxTable } from './outbox.ts'
import { passkeyChallengesTable, passkeysTable } from './passkeys.ts'
import { pendingSignInsTable, recoveryCodesTable, totpTable } from './factors.ts'
import { pushedRequestsTable } from './pushed-requests.ts'
import { resourcesTable } from './resources.ts'
import { sessionsTable } from './sessions.ts'
import { signingKeysTable } from './signing-keys.ts'
import { statusListsTable } from './status-lists.ts'
import { usersTable } from './users.ts'
import type { Schema } from './schema.ts'

/** Returns every table, outside of transactions and inside. */
export function tablesOf(db: Kysely<Schema>, strands: number): Tables {
  return {
    users: usersTable(db),
    sessions: sessionsTable(db),
    statusLists: statusListsTable(db),
    signingKeys: signingKeysTable(db),
    encryptedSecrets: encryptedSecretsTable(db),
    auditLog: auditLogTable(db, strands),
    limits: limitsTable(db),
    invitations: invitationsTable(db),
    outbox: outboxTable(db),
    mailCodes: mailCodesTable(db),
    resources: resourcesTable(db),
    clients: clientsTable(db),
    authorizationCodes: authorizationCodesTable(db),
    deviceCodes: deviceCodesTable(db),
    pushedRequests: pushedRequestsTable(db),
    logoutNotices: logoutNoticesTable(db),
    enrolledFactors: enrolledFactorsTable(db),
    totp: totpTable(db),
    recoveryCodes: recoveryCodesTable(db),
    pendingSignIns: pendingSignInsTable(db),
    passkeys: passkeysTable(db),
    passkeyChallenges: passkeyChallengesTable(db),
    identities: identitiesTable(db),
    federatedRequests: federatedRequestsTable(db),
    hashKinds: hashKindsTable(db),
  }
}
