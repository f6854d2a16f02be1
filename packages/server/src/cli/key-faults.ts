import type { KeyFault } from '../domain/keys/compare-key-ring.ts'

/** Describes differences between key ring and audit log, and says what to do, for `doctor` and `audit-log verify`. */
export function describeKeyFaults(faults: readonly KeyFault[]): string {
  return faults.map(({ key, fault }) => `the signing key ${key} ${sentences[fault]}`).join('; ')
}

/** The advice about a key that this server did not write. */
export const keyFaultAdvice =
  'find out who can write to the database; servers do not trust such keys'

const sentences: Readonly<Record<KeyFault['fault'], string>> = {
  not_bound: 'was written or changed by another program',
  revoked: 'is not revoked, although the audit log has its revocation',
  not_introduced: 'is not in the audit log',
  missing: 'is in the audit log, and not in the database',
}
