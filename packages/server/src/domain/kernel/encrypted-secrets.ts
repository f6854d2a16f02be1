import type { Seconds } from '@countersign/token/internal'

/** Something that lies sealed: `context` names it, and was bound in. */
export interface EncryptedItem {
  readonly context: string
  readonly sealed: string
}

/** A table with something sealed in its rows: what `reencrypt` brings under another key-encryption key. */
export interface EncryptedTable {
  listEncrypted(): Promise<readonly EncryptedItem[]>
  /** False when it is no more what was read, and nothing is written. */
  replaceEncrypted(thing: EncryptedItem, sealed: string): Promise<boolean>
}

/** Secrets of the server itself, under names that are bound in when they are sealed. */
export interface EncryptedSecrets extends EncryptedTable {
  find(name: string): Promise<string | undefined>
  /** False when there is one of that name, and nothing is written then. */
  add(name: string, sealed: string, now: Seconds): Promise<boolean>
}
