import type { HashKindRow, LockRow, MoveRow } from './database-rows.ts'
import type {
  AssertionRow,
  AuthorizationCodeRow,
  ClientRow,
  ClientSecretRow,
  DeviceCodeRow,
  PushedRequestRow,
  LogoutNoticeRow,
  ResourceRow,
} from './client-rows.ts'
import type {
  FederatedRequestRow,
  IdentityRow,
  PasskeyChallengeRow,
  PasskeyRow,
  PendingSignInRow,
  RecoveryCodeRow,
  TotpRow,
} from './factor-rows.ts'

/**
 * The row types that every query is checked against. Times are seconds; a time of null means "not yet".
 *
 * Queries use the SQL that SQLite and PostgreSQL share. `for update` is for PostgreSQL; SQLite leaves it out. The two sort text
 * differently, so sort by numbers, or by ids only for paging.
 */
export interface Schema {
  readonly users: UserRow
  readonly sessions: SessionRow
  readonly status_lists: StatusListRow
  readonly status_changes: StatusChangeRow
  readonly unnumbered_status_changes: Omit<StatusChangeRow, 'seq'>
  readonly signing_keys: SigningKeyRow
  readonly encrypted_secrets: EncryptedSecretRow
  readonly audit_log: AuditLogRow
  readonly audit_log_strands: AuditLogStrandRow
  readonly audit_log_checkpoints: CheckpointRow
  readonly limits: LimitRow
  readonly invitations: InvitationRow
  readonly outbox: OutboxRow
  readonly mail_codes: MailCodeRow
  readonly resources: ResourceRow
  readonly clients: ClientRow
  readonly client_secrets: ClientSecretRow
  readonly assertions: AssertionRow
  readonly authorization_codes: AuthorizationCodeRow
  readonly device_codes: DeviceCodeRow
  readonly pushed_requests: PushedRequestRow
  readonly logout_notices: LogoutNoticeRow
  readonly totp: TotpRow
  readonly recovery_codes: RecoveryCodeRow
  readonly pending_sign_ins: PendingSignInRow
  readonly passkeys: PasskeyRow
  readonly passkey_challenges: PasskeyChallengeRow
  readonly identities: IdentityRow
  readonly federated_requests: FederatedRequestRow
  readonly hash_kinds: HashKindRow
  readonly locks: LockRow
  readonly moves: MoveRow
}

/**
 * A user. `name_folded` is unique, and so is `email_folded` if not null; `password_hash` is a PHC string and leaves the store only to be
 * verified. `roles` is separated by spaces; `password_changed_at` is null if the password was never changed.
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
  readonly email_verified_at: number | null
  readonly roles: string
  readonly password_changed_at: number | null
  readonly language: string | null
  readonly announced_at: number | null
}

/**
 * A session. `handle_hash` and `secret_hash` are SHA-256 of the two parts of its refresh token; `used` is JSON: the tokens used within the
 * grace period, each with its successor encrypted with it. `amr` is separated by spaces. `status_list` and `status_index` are unique
 * together, and null for a session that was not refreshed since status lists were introduced. `idle_day` is `idle_expires_at` in days, for its
 * index; null if a server of an earlier version wrote the row. `kind` is `sign_in`, `api_token`, `client` or `application`, and the columns after it
 * are null for a sign-in; `user_id` is null for `client`, `scopes` is separated by spaces. `parent_id` is the sign-in with which the grant of an
 * application ends; null if it outlives it. `jkt` is the thumbprint of the key that its refresh token is bound to; null without one.
 */
export interface SessionRow {
  readonly id: string
  readonly user_id: string | null
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
  readonly idle_day: number | null
  readonly kind: string
  readonly name: string | null
  readonly client_id: string | null
  readonly scopes: string | null
  readonly resource: string | null
  readonly parent_id: string | null
  readonly jkt: string | null
}

/** A status list; `size` is its number of bits. */
export interface StatusListRow {
  readonly id: number
  readonly size: number
  readonly created_at: number
}

/** A status bit that was set. Rows are never changed, and deleted only when old; `seq` follows the order of the commits. */
export interface StatusChangeRow {
  readonly seq: number
  readonly status_list: number
  readonly status_index: number
  readonly at: number
}

/**
 * A signing key; `encrypted` is its private JWK, encrypted with the key-encryption key, and empty once the key is retired. `activated_at`
 * and `retired_at` may be in the future; only the last key of the chain has no `retired_at`. `mac` is a keyed hash of all columns except
 * `encrypted`.
 */
export interface SigningKeyRow {
  readonly id: string
  readonly algorithm: string
  readonly public_jwk: string
  readonly encrypted: string
  readonly created_at: number
  readonly activated_at: number
  readonly retired_at: number | null
  readonly revoked_at: number | null
  readonly mac: string | null
}

/** A secret of the server itself, encrypted with the key-encryption key. */
export interface EncryptedSecretRow {
  readonly name: string
  readonly encrypted: string
  readonly created_at: number
}

/** An entry of the audit log. `facts` and `personal` are JSON; `mac` is a keyed hash of all columns except `personal` and `salt`, and of the previous `mac`. */
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

/** An entry of another strand than 0, which `audit_log` has. */
export interface AuditLogStrandRow extends AuditLogRow {
  readonly strand: number
}

/** A signed statement of the state of the audit log up to an entry. */
export interface CheckpointRow {
  readonly seq: number
  readonly at: number
  readonly token: string
}

/** A rate limit. `key` is a keyed hash of what is limited; `until` is in milliseconds, unlike every other time. */
export interface LimitRow {
  readonly key: string
  readonly count: number
  readonly until: number
}

/**
 * An invitation to register once. `secret_hash` is SHA-256 of the invitation's secret; `roles` is separated by spaces; `created_by` is the
 * id of the inviter, who may have been deleted, or null for the command line.
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

/**
 * A mail that is to be sent. `payload` is the recipient with all that the template needs, encrypted with a key of the root secret; `attempts`
 * counts the claims, and `next_attempt_at` is when the mail may be claimed again. A sent mail is deleted; `failed_at` marks a dead letter.
 */
export interface OutboxRow {
  readonly id: string
  readonly kind: string
  readonly payload: string
  readonly created_at: number
  readonly deliver_until: number
  readonly next_attempt_at: number
  readonly attempts: number
  readonly error: string | null
  readonly failed_at: number | null
}

/**
 * A code that was sent in a mail, or a link that an administrator made. `key` is a keyed hash of what it is for, so that a newer one replaces
 * it; `address` is encrypted, and empty for a link of an administrator; the hashes are of the code (keyed), the link's secret and the secret of
 * the browser that asked. `wrong` counts wrong codes.
 */
export interface MailCodeRow {
  readonly id: string
  readonly key: string
  readonly purpose: string
  readonly user_id: string | null
  readonly address: string
  readonly code_hash: string
  readonly link_hash: string
  readonly browser_hash: string | null
  readonly network: string | null
  readonly created_by: string | null
  readonly created_at: number
  readonly expires_at: number
  readonly wrong: number
}
