import type { EncryptedSecrets } from './kernel/encrypted-secrets.ts'
import type { SigningKeys } from './keys/signing-keys.ts'
import type { AuditLog } from './audit-log/audit-log.ts'
import type { Limits } from './limits/limits.ts'
import type { SessionChanges, Sessions } from './sessions/sessions.ts'
import type { StatusLists } from './revocation/status-lists.ts'
import type { Invitations } from './registration/invitations.ts'
import type { Users } from './users/users.ts'

/** A name under which transactions take turns, for what no single row stands for. */
export type LockName =
  | 'administrators'
  | 'signing_keys'
  | 'emails'
  | 'status_lists'
  | 'status_changes'
  | 'production'
  | 'audit_log'

/** What can be read and written, inside a transaction or outside. */
export interface Tables {
  readonly users: Users
  readonly sessions: Sessions
  readonly statusLists: StatusLists
  readonly signingKeys: SigningKeys
  readonly encryptedSecrets: EncryptedSecrets
  readonly auditLog: AuditLog
  readonly limits: Limits
  readonly invitations: Invitations
}

/** What work in a transaction may touch. */
export interface Transaction extends Tables {
  readonly sessions: Sessions & SessionChanges
  /** Waits until no other transaction holds the name, and holds it until this one ends. Look only afterwards. */
  lock(name: LockName): Promise<void>
}

/** All that the domain asks of persistence. */
export interface Store extends Tables {
  /**
   * Runs work that happens whole or not at all. Others may run beside it: what must stay true from a look to a write is
   * locked before the look, by a method whose name begins with `lock`. Inside, await nothing but `tx`: the outer store
   * refuses to be used there. Return a verdict and throw only bugs, for an exception undoes everything; so does a statement
   * that failed, even when its error is caught.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /**
   * Calls `look` whenever status bits may have been set: after the commit of a transaction of this very store, which is answered
   * only when the look is over; and, as far as the database tells, when another process did it. What comes back ends that, and so does closing.
   */
  onStatusChange(look: () => Promise<void>): Promise<() => Promise<void>>
  /** Fails when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}
