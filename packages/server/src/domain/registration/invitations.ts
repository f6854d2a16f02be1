import type { Seconds } from '@countersign/token/internal'
import type { RecordDeps } from '../audit-log/record-event.ts'
import type { ClientTables } from '../clients/clients.ts'
import type { Transactions } from '../kernel/transactions.ts'
import type { LimitTables } from '../limits/limits.ts'
import type { SessionTx } from '../sessions/sessions.ts'
import type { UserTables } from '../users/users.ts'
import type { Invitation } from './invitation.ts'

// Registration: how new users come to be, by themselves if the settings allow it, with an invitation, or made by an administrator.

/** The table of invitations, found by the hash of their secret. */
export interface Invitations {
  findByHash(hash: string): Promise<Invitation | undefined>
  /** As `findByHash`; locks the invitation until the transaction ends. */
  lockByHash(hash: string): Promise<Invitation | undefined>
  /** Lists a page, the newest first. */
  list(page: {
    readonly limit: number
    readonly after?: Pick<Invitation, 'id' | 'createdAt'> | undefined
  }): Promise<readonly Invitation[]>
  add(invitation: Invitation, hash: string): Promise<void>
  /** Judge it first, under its lock. */
  markUsed(id: string, at: Seconds): Promise<void>
  /** Returns false if there is none. */
  delete(id: string): Promise<boolean>
  /** Deletes those that expired before `before`. */
  prune(before: Seconds): Promise<void>
}

/** The table of invitations, as part of a store or a transaction. */
export interface InvitationTables {
  readonly invitations: Invitations
}

/** The tables of a transaction in which a user is registered. */
export interface RegistrationTx extends SessionTx, InvitationTables, LimitTables, ClientTables {}

/** The dependencies that inviting and registering share: the store, and those of recording events. */
export interface InvitationDeps extends RecordDeps {
  readonly store: Transactions<RegistrationTx> & InvitationTables & UserTables & ClientTables
}
