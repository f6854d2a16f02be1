/** The name of an application-level lock (an advisory lock in PostgreSQL), for facts that no single row represents. */
export type LockName =
  | 'administrators'
  | 'signing_keys'
  | 'emails'
  | 'identities'
  | 'status_lists'
  | 'status_changes'
  | 'production'
  | 'clients'
  | 'hash_kinds'
  | 'audit_log'
  | `audit_log ${number}`

/** Application-level locks of a transaction. */
export interface Locks {
  /** Waits until no other transaction holds the lock, then holds it until this transaction ends. Read what it protects only afterwards. */
  lock(name: LockName): Promise<void>
}

/** Propagation to the other servers on a database. A port; `store/` supplies it. */
export interface Propagation {
  /** Waits so long, 1.5 s, that every server on the database that reaches it has read what this one committed. Nothing confirms it. */
  untilServersKnow(): Promise<void>
}

/** Runs transactions that may use `Tx`: the tables that an operation declares. A port; `store/` supplies it. */
export interface Transactions<Tx> {
  /**
   * Runs work that takes effect completely or not at all. Other transactions may run at the same time. Rules:
   *
   * - Lock before reading what must stay true until the write, by a method whose name begins with `lock`.
   * - Await nothing but `tx` inside: the store refuses calls from outside the transaction meanwhile.
   * - Return a verdict and throw only bugs: an exception rolls everything back, and so does a failed statement, even if its error is caught.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
}
