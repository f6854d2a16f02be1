import type { EventType } from './event.ts'

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
