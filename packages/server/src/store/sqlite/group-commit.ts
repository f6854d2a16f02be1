import {
  resultOf,
  type BatchCommit,
  type SqliteResult,
  type SqliteStatement,
  type SqliteThread,
} from './sqlite-thread.ts'

/** A queued statement outside transactions, with its promise. */
interface Single extends PromiseWithResolvers<SqliteResult> {
  readonly statement: SqliteStatement
  /** True if it may write. */
  readonly writes: boolean
}

/** Transactions and statements that share one commit. */
interface Group {
  /** The number of members that are finished except for the commit. */
  members: number
  readonly committed: PromiseWithResolvers<void>
}

const maxGroupSize = 64 // members; limits the wait of the first one, and how long the file is locked for other processes

/**
 * Queues transactions and statements on one connection, with group commit: those that wait together share one commit, because a commit is an
 * fsync. Statements that wait together also share one message to the thread.
 *
 * A transaction that finishes while others wait leaves the commit to them. A transaction that joins a group is a savepoint, so that it can
 * be rolled back alone. Each promise resolves only after the commit, so a caller never sees a result that is not durable. If the commit
 * fails, it fails for the whole group.
 */
export class GroupCommit {
  readonly #thread: Pick<SqliteThread, 'run' | 'batch'>
  /** Queued statements and transactions, in order. */
  readonly #queue: (Single | { readonly begin: () => void })[] = []
  #busy = false
  #group: Group | undefined

  constructor(thread: Pick<SqliteThread, 'run' | 'batch'>) {
    this.#thread = thread
  }

  /** Runs a statement outside transactions. */
  async single(statement: SqliteStatement, writes: boolean): Promise<SqliteResult> {
    const single = { statement, writes, ...Promise.withResolvers<SqliteResult>() }
    this.#queue.push(single)
    if (!this.#busy) this.#next()
    return single.promise
  }

  /** Waits in the queue, then begins a transaction. */
  async begin(): Promise<void> {
    await new Promise<void>((begin) => {
      this.#queue.push({ begin })
      if (!this.#busy) this.#next()
    })
    await this.#beginOrJoin()
  }

  /** Finishes this transaction, and waits for the commit of its group. */
  async commit(): Promise<void> {
    const group = this.#currentGroup()
    try {
      if (group.members > 0) await this.#thread.run('release member')
      group.members++
    } catch (error) {
      await this.#abandon(group, error)
    }
    await this.#finish()
    await group.committed.promise
  }

  /** Rolls back this transaction alone. */
  async rollback(): Promise<void> {
    const group = this.#currentGroup()
    try {
      if (group.members > 0) {
        await this.#thread.run('rollback to member')
        await this.#thread.run('release member')
      } else {
        this.#group = undefined
        await this.#thread.run('rollback')
      }
    } catch (error) {
      // On a full disk SQLite has rolled back everything, including the other members.
      await this.#abandon(group, error)
    }
    await this.#finish()
  }

  async #beginOrJoin(): Promise<void> {
    try {
      // immediate: takes the write lock at once, across processes, so that what the transaction reads stays true until its commit
      await this.#thread.run(this.#group ? 'savepoint member' : 'begin immediate')
      this.#group ??= newGroup()
    } catch (error) {
      await this.#finish()
      throw error
    }
  }

  #currentGroup(): Group {
    if (!this.#group) throw new Error('a transaction ended that had not started')
    return this.#group
  }

  async #finish(): Promise<void> {
    const group = this.#group
    if (group && (this.#queue.length === 0 || group.members >= maxGroupSize)) {
      this.#group = undefined
      await this.#thread.run('commit').then(
        () => group.committed.resolve(),
        (error) => this.#abandon(group, error),
      )
    }
    this.#next()
  }

  /** Starts the statements at the head of the queue, all together, or the transaction there. */
  #next(): void {
    this.#busy = this.#queue.length > 0
    const singles: Single[] = []
    for (let first = this.#queue[0]; first && 'statement' in first; first = this.#queue[0]) {
      if (singles.length === maxGroupSize) break
      singles.push(first)
      this.#queue.shift()
    }
    if (singles.length > 0) return void this.#runSingles(singles)
    const transaction = this.#queue.shift()
    if (transaction && 'begin' in transaction) transaction.begin()
  }

  /** Runs statements. Without an open group, reads do not wait for the commit of writes in the same batch. */
  async #runSingles(singles: readonly Single[]): Promise<void> {
    const group = this.#group
    if (group) await this.#runInGroup(group, singles)
    else {
      const writes = singles.filter((one) => one.writes)
      const reads = singles.filter((one) => !one.writes)
      await Promise.allSettled([
        this.#send(reads, 'each'),
        this.#send(writes, writes.length === 1 ? 'each' : 'transaction'),
      ])
    }
    this.#next()
  }

  /** Runs statements in the open transaction; they may have seen its changes, so their promises resolve after its commit. */
  async #runInGroup(group: Group, singles: readonly Single[]): Promise<void> {
    const isLast = this.#queue.length === 0 || group.members >= maxGroupSize
    if (isLast) this.#group = undefined
    group.members++
    const commit = isLast ? 'within-commit' : 'within'
    try {
      await this.#send(singles, commit, group.committed.promise)
      if (isLast) group.committed.resolve()
    } catch (error) {
      this.#group = undefined
      group.committed.reject(error)
    }
  }

  /** Sends statements; their promises resolve after `until`. If none was run, rejects their promises, and throws. */
  async #send(
    singles: readonly Single[],
    commit: BatchCommit,
    until: Promise<void> = Promise.resolve(),
  ): Promise<void> {
    if (singles.length === 0) return
    const statements = singles.map(({ statement }) => statement)
    try {
      const outcomes = await this.#thread.batch(statements, commit)
      singles.forEach(({ resolve }, at) => resolve(until.then(() => resultOf(outcomes[at]))))
    } catch (error) {
      for (const { reject } of singles) reject(error)
      throw error
    }
  }

  async #abandon(group: Group, error: unknown): Promise<void> {
    this.#group = undefined
    await this.#thread.run('rollback').catch(() => {}) // fails if SQLite has rolled back already
    group.committed.reject(error)
  }
}

function newGroup(): Group {
  const committed = Promise.withResolvers<void>()
  committed.promise.catch(() => {}) // a group whose only member was rolled back has no listener
  return { members: 0, committed }
}
