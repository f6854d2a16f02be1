import {
  resultOf,
  type SqliteResult,
  type SqliteStatement,
  type SqliteThread,
} from './sqlite-thread.ts'

interface WaitingRead extends PromiseWithResolvers<SqliteResult> {
  readonly statement: SqliteStatement
}

/**
 * Runs reads outside of transactions on the connection that only reads: they see what is committed, as on PostgreSQL, and wait for no transaction
 * and no commit. Those of one turn of the event loop share one message to the thread.
 */
export class CommittedReads {
  readonly #thread: Pick<SqliteThread, 'batch'>
  #waiting: WaitingRead[] = []

  constructor(thread: Pick<SqliteThread, 'batch'>) {
    this.#thread = thread
  }

  /** Runs a statement that only reads. Fails with `database_unusable`. */
  run(statement: SqliteStatement): Promise<SqliteResult> {
    const read = { statement, ...Promise.withResolvers<SqliteResult>() }
    if (this.#waiting.push(read) === 1) process.nextTick(() => void this.#send())
    return read.promise
  }

  async #send(): Promise<void> {
    const reads = this.#waiting
    this.#waiting = []
    try {
      const statements = reads.map(({ statement }) => statement)
      const outcomes = await this.#thread.batch(statements, 'read')
      reads.forEach(({ resolve }, at) =>
        resolve(new Promise((done) => done(resultOf(outcomes[at])))),
      )
    } catch (error) {
      for (const { reject } of reads) reject(error)
    }
  }
}
