import type { AuditLogTables } from './audit-log/audit-log.ts'
import type { ClientTables } from './clients/clients.ts'
import type { FederatedRequestTables } from './federation/federated-request.ts'
import type { FactorTables } from './factors/enrolled-factors.ts'
import type { PendingSignInTables } from './factors/pending-sign-in.ts'
import type { CodeTables } from './grants/authorization-codes.ts'
import type { DeviceCodeTables } from './grants/device-code.ts'
import type { PushedRequestTables } from './grants/pushed-request.ts'
import type { LogoutNoticeTables } from './grants/logout-notices.ts'
import type { ResourceTables } from './clients/resources.ts'
import type { EncryptedSecretTables } from './kernel/encrypted-secrets.ts'
import type { Locks, Propagation, Transactions } from './kernel/transactions.ts'
import type { SigningKeyTables } from './keys/signing-keys.ts'
import type { LimitTables } from './limits/limits.ts'
import type { MailCodeTables } from './mail/codes.ts'
import type { OutboxTables } from './mail/outbox.ts'
import type { InvitationTables } from './registration/invitations.ts'
import type { HashKindTables } from './passwords/hash-kinds.ts'
import type { StatusListTables, StatusNumbering } from './revocation/status-lists.ts'
import type { SessionChanges, Sessions, SessionTables } from './sessions/sessions.ts'
import type { IdentityTables } from './users/identity.ts'
import type { UserTables } from './users/users.ts'

// The whole store, composed of the tables that each topic declares. For `store/`, which implements it, and for the composition: a topic never
// imports it, but declares the tables that its operations use.

/** All tables, inside a transaction or outside. */
export interface Tables
  extends
    UserTables,
    SessionTables,
    StatusListTables,
    SigningKeyTables,
    EncryptedSecretTables,
    AuditLogTables,
    LimitTables,
    InvitationTables,
    OutboxTables,
    MailCodeTables,
    ResourceTables,
    ClientTables,
    CodeTables,
    DeviceCodeTables,
    PushedRequestTables,
    LogoutNoticeTables,
    FactorTables,
    PendingSignInTables,
    IdentityTables,
    FederatedRequestTables,
    HashKindTables {}

/** A transaction: all tables, the changes that need one, and its locks. */
export interface Transaction extends Tables, Locks {
  readonly sessions: Sessions & SessionChanges
}

/** A change of what servers hold in memory and must learn of: status bits that were set, or signing keys. */
export type StoreChange = 'statuses' | 'keys'

/** Everything that the domain asks of persistence. */
export interface Store extends Tables, Transactions<Transaction>, Propagation, StatusNumbering {
  /**
   * Calls `refresh` whenever status bits may have been set, or signing keys may have changed (`any`: both): after each commit of this store, whose caller waits until `refresh` has settled; and,
   * if the database notifies, after commits of other processes. Returns an unsubscribe function that also waits for a running callback; `close`
   * unsubscribes too.
   */
  onChange(refresh: (change: StoreChange | 'any') => Promise<void>): Promise<() => Promise<void>>
  /** Returns whether the database was moved to another one: then no server may use it. */
  isMoved(): Promise<boolean>
  /** Tables for lists and exports of which an old answer is harmless: these come from a replica if there is one. */
  readonly replica: AuditLogTables & InvitationTables & UserTables
  /** Rejects if the database does not answer, is read-only, or was moved to another one. */
  ping(): Promise<void>
  close(): Promise<void>
}
