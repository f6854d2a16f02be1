/** Those who share one commit. */
interface Group {
  /** How many have done their part. */
  members: number
  readonly committed: PromiseWithResolvers<void>
}

const largestGroup = 64 // members; bounds how long the first one waits, and how long the file is locked for other processes

/**
 * Transactions in turn on one connection; those that wait together share one commit, for a commit is an fsync.
 *
 * Who finds others waiting leaves the commit to them, and a transaction that joins is a savepoint, so that it can be undone
 * alone. Nobody is answered before the commit: what a caller hears of has happened, and so has all that it saw. When the
 * commit fails, it fails for all of them.
 */
export class SharedCommit {
  readonly #run: (sql: string) => Promise<unknown>
  readonly #waiting: (() => void)[] = []
  #taken = false
  #group: Group | undefined

  constructor(run: (sql: string) => Promise<unknown>) {
    this.#run = run
  }

  /** Runs a statement that is no part of a transaction; one that changes something shares its commit with those who wait. */
  async single<T>(statement: () => Promise<T>, changes: boolean): Promise<T> {
    await this.#takeTurn()
    if (!this.#group && (!changes || this.#waiting.length === 0)) {
      return statement().finally(() => this.#endTurn())
    }
    await this.#enter()
    let result: T
    try {
      result = await statement()
    } catch (error) {
      await this.rollback()
      throw error
    }
    await this.commit()
    return result
  }

  /** Waits for its turn and begins a transaction. */
  async begin(): Promise<void> {
    await this.#takeTurn()
    await this.#enter()
  }

  /** Ends the turn, and waits for the commit that takes this transaction with it. */
  async commit(): Promise<void> {
    const group = this.#joined()
    try {
      if (group.members > 0) await this.#run('release member')
      group.members++
    } catch (error) {
      await this.#abandon(group, error)
    }
    await this.#endTurn()
    await group.committed.promise
  }

  /** Undoes this transaction alone, and ends its turn. */
  async rollback(): Promise<void> {
    const group = this.#joined()
    try {
      if (group.members > 0) {
        await this.#run('rollback to member')
        await this.#run('release member')
      } else {
        this.#group = undefined
        await this.#run('rollback')
      }
    } catch (error) {
      // After a full disk SQLite has undone everything by itself, and the others' part with it.
      await this.#abandon(group, error)
    }
    await this.#endTurn()
  }

  async #enter(): Promise<void> {
    try {
      // immediate: takes the write lock at once, across processes too, so that what is read here stays true until commit
      await this.#run(this.#group ? 'savepoint member' : 'begin immediate')
      this.#group ??= newGroup()
    } catch (error) {
      await this.#endTurn()
      throw error
    }
  }

  #joined(): Group {
    if (!this.#group) throw new Error('a transaction ended that had not begun')
    return this.#group
  }

  async #takeTurn(): Promise<void> {
    if (this.#taken) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#taken = true
  }

  async #endTurn(): Promise<void> {
    const group = this.#group
    if (group && (this.#waiting.length === 0 || group.members >= largestGroup)) {
      this.#group = undefined
      await this.#run('commit').then(
        () => group.committed.resolve(),
        (error) => this.#abandon(group, error),
      )
    }
    const next = this.#waiting.shift()
    if (next) next()
    else this.#taken = false
  }

  async #abandon(group: Group, error: unknown): Promise<void> {
    this.#group = undefined
    await this.#run('rollback').catch(() => {}) // fails when SQLite was faster
    group.committed.reject(error)
  }
}

function newGroup(): Group {
  const committed = Promise.withResolvers<void>()
  committed.promise.catch(() => {}) // a group whose only member was undone has nobody to hear of it
  return { members: 0, committed }
}
