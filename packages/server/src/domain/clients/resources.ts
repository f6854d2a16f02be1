import type { Resource } from './resource.ts'

// Clients: service accounts and applications, and the resources that their tokens and API tokens are for. Here are the things and their tables; `machines` acts.

/** The table of resources. */
export interface Resources {
  find(id: string): Promise<Resource | undefined>
  findByAudience(audience: string): Promise<Resource | undefined>
  /** Lists all of them, the oldest first. */
  list(): Promise<readonly Resource[]>
  /** Adds a resource, or replaces the one of the same audience, which keeps its id. Call it under the lock `clients`. */
  put(resource: Resource): Promise<void>
  delete(id: string): Promise<void>
}

/** The table of resources, as part of a store or a transaction. */
export interface ResourceTables {
  readonly resources: Resources
}
