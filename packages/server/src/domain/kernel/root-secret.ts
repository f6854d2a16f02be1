import { hkdfSync } from 'node:crypto'
import type { Runtime } from '../../runtime.ts'
import { Secret } from './secret.ts'
import { fail } from '../../failures.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import type { Random } from './ports.ts'
import { seal, decrypt, type KeyEncryptionKeys } from './encryption.ts'

const purposes = ['ledger entries', 'ledger checkpoints', 'unknown names', 'limits'] as const

/** What a key is for that comes from the root secret. */
export type KeyPurpose = (typeof purposes)[number]

/** 32 random bytes of this server, the same in all its instances and for ever; keys for its own use come from them. */
export interface RootSecret {
  /** A key of 32 bytes in base64url, for one purpose (HKDF with SHA-256, RFC 5869). It tells nothing of those for others. */
  key(purpose: KeyPurpose): Secret
}

/** What opening or making one takes. */
type Ground = Pick<Runtime, 'store' | 'clock' | 'random' | 'keyEncryptionKeys'>

/** Makes keys of a root secret in base64. */
export function rootSecret(text: Secret): RootSecret {
  const bytes = Buffer.from(text.reveal(), 'base64')
  const keys = new Map(purposes.map((purpose) => [purpose, derive(bytes, purpose)]))
  return { key: (purpose) => keys.get(purpose) ?? derive(bytes, purpose) }
}

/**
 * Opens the root secret, and makes it at the first start ever. However many processes start at once, all go on with the same one:
 * whoever writes second finds the first. Fails with `key_unsealable`.
 */
export async function openRootSecret({
  store,
  clock,
  random,
  keyEncryptionKeys,
}: Ground): Promise<RootSecret> {
  let sealed = await store.encryptedSecrets.find(name)
  if (sealed === undefined) {
    const made = seal(newText(random), keyEncryptionKeys.current, name, random)
    await store.encryptedSecrets.add(name, made, clock.now())
    sealed = (await store.encryptedSecrets.find(name)) ?? made
  }
  return rootSecret(decrypt(sealed, keyEncryptionKeys, name))
}

/**
 * Makes another root secret in place of one that nobody can open any more, and says so in the audit log, whose older entries cannot be
 * checked from then on. Fails with `key_not_lost` while the old one opens.
 */
export async function replaceRootSecret(ground: Ground): Promise<RootSecret> {
  const { store, clock, random, keyEncryptionKeys } = ground
  const text = newText(random)
  const root = rootSecret(text)
  const made = seal(text, keyEncryptionKeys.current, name, random)
  const verdict = await store.transaction(async (tx) => {
    const lost = await tx.encryptedSecrets.find(name)
    if (lost === undefined) await tx.encryptedSecrets.add(name, made, clock.now())
    else if (opens(lost, keyEncryptionKeys)) return 'key_not_lost'
    else await tx.encryptedSecrets.replaceEncrypted({ context: name, sealed: lost }, made)
    await recordEvents({ ...ground, root }, tx, { type: 'root_replaced', facts: {} })
    return 'replaced'
  })
  if (verdict !== 'replaced') throw fail(verdict)
  return root
}

function opens(sealed: string, keyEncryptionKeys: KeyEncryptionKeys): boolean {
  try {
    decrypt(sealed, keyEncryptionKeys, name)
    return true
  } catch {
    return false
  }
}

function newText(random: Random): Secret {
  return new Secret(random.bytes(32).toString('base64'))
}

const name = 'root secret'

function derive(bytes: Buffer, purpose: KeyPurpose): Secret {
  const key = hkdfSync('sha256', bytes, '', `countersign ${purpose}`, 32)
  return new Secret(Buffer.from(key).toString('base64url'))
}
