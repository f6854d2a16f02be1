import type { Seconds } from '@countersign/token/internal'
import type { Application } from './application.ts'
import type { Client, ClientSecret } from './client.ts'

/** A secret with its hash. */
export interface StoredSecret {
  readonly secret: ClientSecret
  readonly hash: string
}

/** The tables of clients, of their secrets, and of the assertions that they have used. */
export interface Clients {
  find(id: string): Promise<Client | undefined>
  findByName(name: string): Promise<Client | undefined>
  /** Finds the client of a workload by the `iss` and `sub` of its token. */
  findByTrust(issuer: string, subject: string): Promise<Client | undefined>
  /** As `find`; locks the client until the transaction ends. */
  lock(id: string): Promise<Client | undefined>
  /** Lists all of them, the oldest first. */
  list(): Promise<readonly Client[]>
  /** Returns false, and writes nothing, if the name is taken, or another client has the same trust. */
  add(client: Client): Promise<boolean>
  /** Replaces what the metadata document of a client says. */
  setDocument(client: Client): Promise<void>
  setAccess(id: string, access: Pick<Client, 'scopes' | 'resources'>): Promise<void>
  setApplication(id: string, application: Application): Promise<void>
  /** Lists the ids of up to `limit` clients with a metadata document for which there is neither a session nor a code. */
  listUnused(limit: number): Promise<readonly string[]>
  /** Deletes a locked client if it is still unused, as {@link listUnused} says; returns whether it was. */
  deleteUnused(id: string): Promise<boolean>
  /** Deletes a client with its secrets. */
  delete(id: string): Promise<void>
  /** Lists the secrets of a client, the newest first, also those whose overlap has ended. */
  secrets(clientId: string): Promise<readonly StoredSecret[]>
  addSecret(stored: StoredSecret): Promise<void>
  setSecretExpiry(id: string, expiresAt: Seconds): Promise<void>
  deleteSecret(id: string): Promise<void>
  /** Records a use, unless one is recorded that is not a minute older: so it costs a write a minute, and no more. */
  markSecretUsed(id: string, at: Seconds): Promise<void>
  /** Records the use of an assertion; returns false if it was used before. Atomic: of many servers one gets true. */
  useAssertion(key: string, expiresAt: Seconds): Promise<boolean>
  /** Deletes the assertions that expired before `before`; returns how many. */
  pruneAssertions(before: Seconds): Promise<number>
}

/** The tables of clients, as part of a store or a transaction. */
export interface ClientTables {
  readonly clients: Clients
}
