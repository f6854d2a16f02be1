import { hkdfSync } from 'node:crypto'
import type { Runtime } from '../runtime.ts'
import { Secret } from '../secret.ts'
import { seal, unseal } from './seal.ts'

const purposes = ['ledger entries', 'ledger checkpoints', 'unknown names', 'limits'] as const

/** What a key is for that comes from the root secret. */
export type KeyPurpose = (typeof purposes)[number]

/** 32 random bytes of this server, the same in all its instances and for ever; keys for its own use come from them. */
export interface RootSecret {
  /** A key of 32 bytes in base64url, for one purpose (HKDF with SHA-256, RFC 5869). It tells nothing of those for others. */
  key(purpose: KeyPurpose): Secret
}

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
}: Pick<Runtime, 'store' | 'clock' | 'random' | 'keyEncryptionKeys'>): Promise<RootSecret> {
  let sealed = await store.sealedSecrets.find(name)
  if (sealed === undefined) {
    const text = new Secret(random.bytes(32).toString('base64'))
    const made = seal(text, keyEncryptionKeys.current, name, random)
    await store.sealedSecrets.add(name, made, clock.now())
    sealed = (await store.sealedSecrets.find(name)) ?? made
  }
  return rootSecret(unseal(sealed, keyEncryptionKeys, name))
}

const name = 'root secret'

function derive(bytes: Buffer, purpose: KeyPurpose): Secret {
  const key = hkdfSync('sha256', bytes, '', `countersign ${purpose}`, 32)
  return new Secret(Buffer.from(key).toString('base64url'))
}
