/**
 * The row types that every query is checked against. Times are seconds; null means "not yet".
 *
 * Queries are written in what SQLite and PostgreSQL have in common. `for update` is PostgreSQL's, and SQLite leaves it out.
 * Text is ordered differently by the two, so order by numbers, or by ids for paging alone.
 */
export interface Schema {
  readonly users: UserRow
  readonly sessions: SessionRow
  readonly status_lists: StatusListRow
  readonly status_changes: StatusChangeRow
  readonly signing_keys: SigningKeyRow
  readonly sealed_secrets: EncryptedSecretRow
  readonly audit_log: AuditLogRow
  readonly audit_log_checkpoints: CheckpointRow
  readonly limits: LimitRow
  readonly invitations: InvitationRow
  readonly locks: LockRow
}

/**
 * A user. `name_folded` is unique, and so is `email_folded` where there is one; `password_hash` is a PHC string and never
 * leaves the store but to be checked. `roles` is a list with blanks between; null in `password_changed_at`: never since.
 */
export interface UserRow {
  readonly id: string
  readonly name: string
  readonly name_folded: string
  readonly password_hash: string
  readonly created_at: number
  readonly disabled_at: number | null
  readonly email: string | null
  readonly email_folded: string | null
  readonly roles: string
  readonly password_changed_at: number | null
}

/**
 * A session. `handle_hash` and `secret_hash` are SHA-256 of the two parts of its refresh token; `used` is JSON, the tokens used
 * within the grace, each with its successor sealed under it. `amr` is a list with blanks between. `status_list` and `status_index` are
 * unique together, and null for one that was not refreshed since there are status lists.
 */
export interface SessionRow {
  readonly id: string
  readonly user_id: string
  readonly handle_hash: string
  readonly secret_hash: string
  readonly used: string
  readonly created_at: number
  readonly last_used_at: number
  readonly authenticated_at: number
  readonly amr: string
  readonly user_agent: string | null
  readonly address: string | null
  readonly idle_expires_at: number
  readonly expires_at: number
  readonly ended_at: number | null
  readonly end_reason: string | null
  readonly status_list: number | null
  readonly status_index: number | null
}

/** A status list, with so many bits. */
export interface StatusListRow {
  readonly id: number
  readonly size: number
  readonly created_at: number
}

/** A status bit that was set. Only added to, but for rows of long ago; `seq` follows the order of the commits. */
export interface StatusChangeRow {
  readonly seq: number
  readonly status_list: number
  readonly status_index: number
  readonly at: number
}

/**
 * A signing key; `sealed` is its private JWK, sealed under the key-encryption key, and empty once it is retired. `activated_at` and
 * `retired_at` may lie ahead; only one row may have no `retired_at`: the last of the chain.
 */
export interface SigningKeyRow {
  readonly id: string
  readonly algorithm: string
  readonly public_jwk: string
  readonly sealed: string
  readonly created_at: number
  readonly activated_at: number
  readonly retired_at: number | null
  readonly withdrawn_at: number | null
}

/** A secret of the server itself; `sealed` opens with the key-encryption key alone. */
export interface EncryptedSecretRow {
  readonly name: string
  readonly sealed: string
  readonly created_at: number
}

/** An entry of the audit log. `facts` and `personal` are JSON; `mac` is a keyed hash over all but `personal` and `salt`, and over the `mac` before. */
export interface AuditLogRow {
  readonly seq: number
  readonly at: number
  readonly type: string
  readonly user_id: string | null
  readonly session_id: string | null
  readonly facts: string
  readonly personal: string | null
  readonly salt: string | null
  readonly commitment: string | null
  readonly mac: string
}

/** What the audit log was up to an entry, signed. */
export interface CheckpointRow {
  readonly seq: number
  readonly at: number
  readonly token: string
}

/** Something limited. `key` is a keyed hash of what; `until` is in milliseconds, unlike every other time. */
export interface LimitRow {
  readonly key: string
  readonly count: number
  readonly until: number
}

/**
 * Leave to register once. `secret_hash` is SHA-256 of what its holder has; `roles` is a list with blanks between; `created_by` is the user
 * who made it, who may be gone, and null for the command line.
 */
export interface InvitationRow {
  readonly id: string
  readonly created_by: string | null
  readonly secret_hash: string
  readonly roles: string
  readonly created_at: number
  readonly expires_at: number
  readonly used_at: number | null
}

/** A name that transactions lock; the row says nothing else. */
export interface LockRow {
  readonly name: string
}
