import {
  resultOf,
  type SqliteResult,
  type SqliteShare,
  type SqliteStatement,
  type SqliteThread,
} from './sqlite-thread.ts'

/** A statement that is no part of a transaction, and who waits for it. */
interface Single extends PromiseWithResolvers<SqliteResult> {
  readonly statement: SqliteStatement
  /** Whether it may change something. */
  readonly changes: boolean
}

/** Those who share one commit. */
interface Group {
  /** How many have done their part. */
  members: number
  readonly committed: PromiseWithResolvers<void>
}

const maxGroupSize = 64 // members; bounds how long the first one waits, and how long the file is locked for other processes

/**
 * Transactions in turn on one connection; those that wait together share one commit, for a commit is an fsync, and statements
 * that wait together share one trip to the thread as well.
 *
 * Who finds others waiting leaves the commit to them, and a transaction that joins is a savepoint, so that it can be undone
 * alone. Nobody is answered before the commit: what a caller hears of has happened, and so has all that it saw. When the
 * commit fails, it fails for all of them.
 */
export class SharedCommit {
  readonly #thread: Pick<SqliteThread, 'run' | 'batch'>
  /** Statements, and transactions that are told to begin. */
  readonly #waiting: (Single | { readonly begin: () => void })[] = []
  #taken = false
  #group: Group | undefined

  constructor(thread: Pick<SqliteThread, 'run' | 'batch'>) {
    this.#thread = thread
  }

  /** Runs a statement that is no part of a transaction; those that wait together make one trip, and share one commit. */
  async single(statement: SqliteStatement, changes: boolean): Promise<SqliteResult> {
    const single = { statement, changes, ...Promise.withResolvers<SqliteResult>() }
    this.#waiting.push(single)
    if (!this.#taken) this.#next()
    return single.promise
  }

  /** Waits for its turn and begins a transaction. */
  async begin(): Promise<void> {
    await new Promise<void>((begin) => {
      this.#waiting.push({ begin })
      if (!this.#taken) this.#next()
    })
    await this.#enter()
  }

  /** Ends the turn, and waits for the commit that takes this transaction with it. */
  async commit(): Promise<void> {
    const group = this.#joined()
    try {
      if (group.members > 0) await this.#thread.run('release member')
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
        await this.#thread.run('rollback to member')
        await this.#thread.run('release member')
      } else {
        this.#group = undefined
        await this.#thread.run('rollback')
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
      await this.#thread.run(this.#group ? 'savepoint member' : 'begin immediate')
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

  async #endTurn(): Promise<void> {
    const group = this.#group
    if (group && (this.#waiting.length === 0 || group.members >= maxGroupSize)) {
      this.#group = undefined
      await this.#thread.run('commit').then(
        () => group.committed.resolve(),
        (error) => this.#abandon(group, error),
      )
    }
    this.#next()
  }

  /** Gives the turn to the statements that are next, all together, or to the transaction that is. */
  #next(): void {
    this.#taken = this.#waiting.length > 0
    const singles: Single[] = []
    for (let first = this.#waiting[0]; first && 'statement' in first; first = this.#waiting[0]) {
      if (singles.length === maxGroupSize) break
      singles.push(first)
      this.#waiting.shift()
    }
    if (singles.length > 0) return void this.#serve(singles)
    const turn = this.#waiting.shift()
    if (turn && 'begin' in turn) turn.begin()
  }

  /** Runs statements. Without an open group, looks are not kept waiting for the commit of changes that wait beside them. */
  async #serve(singles: readonly Single[]): Promise<void> {
    const group = this.#group
    if (group) await this.#serveIn(group, singles)
    else {
      const changes = singles.filter((one) => one.changes)
      const looks = singles.filter((one) => !one.changes)
      await Promise.allSettled([
        this.#send(looks, 'alone'),
        this.#send(changes, changes.length === 1 ? 'alone' : 'whole'),
      ])
    }
    this.#next()
  }

  /** Runs statements in the transaction that is open; whoever has seen what it changed is answered after its commit. */
  async #serveIn(group: Group, singles: readonly Single[]): Promise<void> {
    const isLast = this.#waiting.length === 0 || group.members >= maxGroupSize
    if (isLast) this.#group = undefined
    group.members++
    const share = isLast ? 'last' : 'part'
    try {
      await this.#send(singles, share, group.committed.promise)
      if (isLast) group.committed.resolve()
    } catch (error) {
      this.#group = undefined
      group.committed.reject(error)
    }
  }

  /** Sends statements; each is answered after `until`. Throws when none of them has happened, and has told them. */
  async #send(
    singles: readonly Single[],
    share: SqliteShare,
    until: Promise<void> = Promise.resolve(),
  ): Promise<void> {
    if (singles.length === 0) return
    const statements = singles.map(({ statement }) => statement)
    try {
      const outcomes = await this.#thread.batch(statements, share)
      singles.forEach(({ resolve }, at) => resolve(until.then(() => resultOf(outcomes[at]))))
    } catch (error) {
      for (const { reject } of singles) reject(error)
      throw error
    }
  }

  async #abandon(group: Group, error: unknown): Promise<void> {
    this.#group = undefined
    await this.#thread.run('rollback').catch(() => {}) // fails when SQLite was faster
    group.committed.reject(error)
  }
}

function newGroup(): Group {
  const committed = Promise.withResolvers<void>()
  committed.promise.catch(() => {}) // a group whose only member was undone has nobody to hear of it
  return { members: 0, committed }
}
