import { fail } from '../../failures.ts'
import type { AuditLogTx } from '../audit-log/audit-log.ts'
import { toTuple } from '../audit-log/checkpoint.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import type { EncryptedSecretTables } from '../kernel/encrypted-secrets.ts'
import { decrypt, encrypt, type KeyEncryptionKeys } from '../kernel/encryption.ts'
import {
  newRootSecretText,
  rootSecret,
  rootSecretName as name,
  type RootSecret,
} from '../kernel/root-secret.ts'
import type { Transactions } from '../kernel/transactions.ts'
import type { KeyRingDeps } from './change-key-ring.ts'
import { ensureSigningKeys } from './ensure-signing-keys.ts'
import { rotateSigningKeys } from './rotate-signing-keys.ts'

/**
 * Replaces the signing keys after `replaceRootSecret`: none of them has a MAC under the new root secret. Every access token is rejected from
 * then on; sessions stay alive.
 */
export async function replaceLostKeys(deps: KeyRingDeps): Promise<void> {
  await ensureSigningKeys(deps, 'key_revoked')
  await rotateSigningKeys(deps) // publishes the next ones
}

/** The dependencies of {@link replaceRootSecret}. */
export interface ReplaceRootDeps extends Omit<RecordDeps, 'root'> {
  readonly store: Transactions<AuditLogTx & EncryptedSecretTables>
  readonly keyEncryptionKeys: KeyEncryptionKeys
}

/**
 * Replaces a root secret that cannot be decrypted any more, and records that in the audit log, whose older entries cannot be
 * verified from then on. Of several processes at once, one replaces it. Fails with `key_not_lost` while the old one can be decrypted, and for
 * the processes that were later.
 */
export async function replaceRootSecret(deps: ReplaceRootDeps): Promise<RootSecret> {
  const { store, clock, random, keyEncryptionKeys } = deps
  const text = newRootSecretText(random)
  const root = rootSecret(text)
  const made = encrypt(text, keyEncryptionKeys.current, name, random)
  const verdict = await store.transaction(async (tx) => {
    const lost = await tx.encryptedSecrets.find(name)
    if (lost !== undefined && canDecrypt(lost, keyEncryptionKeys)) return 'key_not_lost'
    const isWritten = await (lost === undefined
      ? tx.encryptedSecrets.add(name, made, clock.now())
      : tx.encryptedSecrets.replaceEncrypted({ context: name, encrypted: lost }, made))
    if (!isWritten) return 'key_not_lost' // another process has just replaced it
    const others = (await tx.auditLog.heads()).filter(({ strand }) => strand > 0)
    const facts = others.length === 0 ? {} : { strands: others.map(toTuple) }
    await recordEvents({ ...deps, root }, tx, { type: 'root_replaced', facts })
    return 'replaced'
  })
  if (verdict !== 'replaced') throw fail(verdict)
  return root
}

function canDecrypt(encrypted: string, keyEncryptionKeys: KeyEncryptionKeys): boolean {
  try {
    decrypt(encrypted, keyEncryptionKeys, name)
    return true
  } catch {
    return false
  }
}
