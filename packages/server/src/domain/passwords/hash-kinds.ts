/** The kinds of imported password hashes, each as `kindOf` of `hash-cost.ts` returns it: what unknown users have to cost. */
export interface HashKinds {
  list(): Promise<readonly string[]>
  /** Adds a kind unless it is there. Hold the lock `hash_kinds`, and add users of it in the same transaction. */
  add(kind: string): Promise<void>
  /** Returns whether a user has a hash that contains a text. Reads all users if none has. */
  isInUse(prefix: string): Promise<boolean>
  /** Deletes a kind. Hold the lock `hash_kinds`, and see in the same transaction that it is not in use. */
  remove(kind: string): Promise<void>
}

/** The table of kinds, as part of a store or a transaction. */
export interface HashKindTables {
  readonly hashKinds: HashKinds
}
