import type { AuditLogTables } from '../audit-log/audit-log.ts'
import { readFacts } from '../audit-log/read-facts.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import { isBound, type BoundKey } from './key-mac.ts'
import type { KeyRing } from './signing-key.ts'
import type { SigningKeyTables } from './signing-keys.ts'

/** The dependencies of {@link readKeyRing}. */
export interface ReadRingDeps {
  readonly store: SigningKeyTables & AuditLogTables
  readonly root: RootSecret
}

/** The key ring as it was read: the keys that this server wrote, and the ids of rows that it did not write. */
export interface VerifiedRing {
  readonly ring: KeyRing
  readonly rejected: readonly string[]
}

const maxRevocations = 1_000 // the newest; older ones are of keys that ended long ago

/**
 * Reads the key ring: the only way to its keys. A row without this server's MAC is rejected, and so is one that is not revoked although the
 * audit log has its revocation: it was copied before, with a MAC that is right.
 */
export async function readKeyRing({ store, root }: ReadRingDeps): Promise<VerifiedRing> {
  const rows = await store.signingKeys.list()
  const revocations = await store.auditLog.newest(maxRevocations, {
    type: 'key_revoked',
    userId: null,
  })
  const revoked = new Set(revocations.map(({ facts }) => readFacts(facts)['key']))
  const isTrusted = (row: BoundKey) =>
    isBound(root, row) && (row.key.revokedAt !== null || !revoked.has(row.key.id))
  return {
    ring: rows.filter(isTrusted).map(({ key }) => key),
    rejected: rows.filter((row) => !isTrusted(row)).map(({ key }) => key.id),
  }
}
