import type { Seconds } from '@countersign/token/internal'

/** An encrypted value as it is stored. `context` names it and is authenticated with it. */
export interface EncryptedItem {
  readonly context: string
  readonly encrypted: string
}

/** A table with encrypted values in its rows, which `reencrypt` brings under another key-encryption key. */
export interface EncryptedTable {
  listEncrypted(): Promise<readonly EncryptedItem[]>
  /** Replaces the encrypted value if it is still `item.encrypted`; otherwise returns false and writes nothing. */
  replaceEncrypted(item: EncryptedItem, encrypted: string): Promise<boolean>
}

/** Secrets of the server itself, encrypted, by name. The name is the context of the encryption. */
export interface EncryptedSecrets extends EncryptedTable {
  find(name: string): Promise<string | undefined>
  /** Returns false, and writes nothing, if there is a secret of that name. */
  add(name: string, encrypted: string, now: Seconds): Promise<boolean>
}

/** The table of encrypted secrets, as part of a store or a transaction. */
export interface EncryptedSecretTables {
  readonly encryptedSecrets: EncryptedSecrets
}
