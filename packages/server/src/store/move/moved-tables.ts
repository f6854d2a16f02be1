import type { Schema } from '../tables/schema.ts'

/** A table that is copied, with its order and its dependencies. */
export interface MovedTable {
  readonly name: keyof Schema
  /** The columns of its primary key, separated by a blank. */
  readonly key: string
  /** The table that it has a foreign key to, and the column of that. */
  readonly parent?: { readonly table: keyof Schema; readonly column: string }
  /** New rows have greater keys than all others. */
  readonly grows?: true
}

const user = { table: 'users', column: 'user_id' } as const

/**
 * Every table that is copied, parents first. SQLite keeps its index of the search of users by triggers, so that `user_search` is not here; and each
 * database has its own `locks` and `moves`.
 */
export const movedTables: readonly MovedTable[] = [
  { name: 'users', key: 'id' },
  { name: 'clients', key: 'id' },
  { name: 'resources', key: 'id' },
  { name: 'sessions', key: 'id', parent: user },
  { name: 'status_lists', key: 'id' },
  { name: 'status_changes', key: 'seq', grows: true },
  { name: 'unnumbered_status_changes', key: 'status_list status_index' },
  { name: 'signing_keys', key: 'id' },
  { name: 'encrypted_secrets', key: 'name' },
  { name: 'audit_log', key: 'seq', grows: true },
  { name: 'audit_log_strands', key: 'strand seq' },
  { name: 'audit_log_checkpoints', key: 'seq', grows: true },
  { name: 'limits', key: 'key' },
  { name: 'invitations', key: 'id' },
  { name: 'outbox', key: 'id' },
  { name: 'mail_codes', key: 'id' },
  {
    name: 'client_secrets',
    key: 'id',
    parent: { table: 'clients', column: 'client_id' },
  },
  { name: 'assertions', key: 'key' },
  { name: 'authorization_codes', key: 'hash' },
  { name: 'device_codes', key: 'hash' },
  { name: 'pushed_requests', key: 'hash' },
  { name: 'logout_notices', key: 'grant_id' },
  { name: 'totp', key: 'user_id', parent: user },
  { name: 'recovery_codes', key: 'hash', parent: user },
  { name: 'pending_sign_ins', key: 'token_hash', parent: user },
  { name: 'passkeys', key: 'id', parent: user },
  { name: 'passkey_challenges', key: 'challenge' },
  { name: 'hash_kinds', key: 'kind' },
  { name: 'identities', key: 'id', parent: user },
  { name: 'federated_requests', key: 'state_hash' },
]

/** The tables that are not copied. */
export const ownTables = ['locks', 'moves'] as const satisfies readonly (keyof Schema)[]
