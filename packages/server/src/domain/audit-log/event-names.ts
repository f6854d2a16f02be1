import type { EventType } from './event.ts'

/** Every kind of event; the compiler reports one that is missing. */
export const eventTypes = Object.keys({
  login: 0,
  login_refused: 0,
  refresh_reused: 0,
  refresh_repeated: 0,
  logout: 0,
  session_ended: 0,
  password_refused: 0,
  password_changed: 0,
  password_set: 0,
  password_reset: 0,
  reset_link_made: 0,
  code_refused: 0,
  factor_added: 0,
  factor_removed: 0,
  factor_refused: 0,
  passkey_renamed: 0,
  recovery_codes_made: 0,
  recovery_code_used: 0,
  factors_reset: 0,
  identity_linked: 0,
  identity_unlinked: 0,
  stepped_up: 0,
  user_registered: 0,
  user_imported: 0,
  user_invited: 0,
  invitation_revoked: 0,
  invitation_refused: 0,
  user_disabled: 0,
  user_enabled: 0,
  user_deleted: 0,
  email_set: 0,
  email_verified: 0,
  roles_set: 0,
  resource_set: 0,
  resource_removed: 0,
  client_added: 0,
  client_access_set: 0,
  client_application_set: 0,
  client_removed: 0,
  client_users_signed_out: 0,
  client_secret_rotated: 0,
  client_secret_ended: 0,
  client_refused: 0,
  client_tokens_revoked: 0,
  api_token_made: 0,
  grant_made: 0,
  key_introduced: 0,
  key_activation_advanced: 0,
  key_chain_ended: 0,
  key_revoked: 0,
  key_rejected: 0,
  keys_reencrypted: 0,
  root_replaced: 0,
  checkpoint_signed: 0,
  production_begun: 0,
  database_moved: 0,
  personal_data_erased: 0,
} satisfies Readonly<Record<EventType, 0>>)

/**
 * Earlier names of kinds of events. Entries are covered by the chain, so those of existing databases keep the name that they were written with:
 * they verify and show as they are, and this is the only place that knows both names.
 */
const earlierNames: ReadonlyMap<string, EventType> = new Map([
  ['ledger_sealed', 'checkpoint_signed'],
  ['key_hastened', 'key_activation_advanced'],
  ['key_withdrawn', 'key_revoked'],
  ['keys_resealed', 'keys_reencrypted'],
  ['invitation_withdrawn', 'invitation_revoked'],
])

/** Returns whether a stored entry is of a kind, under its name or the earlier one. */
export function isOfType(stored: string, type: EventType): boolean {
  return (earlierNames.get(stored) ?? stored) === type
}

/** Returns the names under which entries of a kind are stored: today's, and the earlier one if there was one. */
export function namesOf(type: string): readonly string[] {
  return [type, ...[...earlierNames].filter(([, now]) => now === type).map(([name]) => name)]
}
