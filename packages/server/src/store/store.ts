import { AsyncLocalStorage } from 'node:async_hooks'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Kysely, type Dialect, type IsolationLevel, type KyselyPlugin } from 'kysely'
import { maxStrands } from '../domain/audit-log/strand.ts'
import { fail } from '../failures.ts'
import type { Store, StoreChange, Transaction } from '../domain/store.ts'
import { locksTable } from './tables/locks.ts'
import { readFromReplica } from './replica-reads.ts'
import { propagate } from './propagate.ts'
import { createRepeater } from './repeat-transaction.ts'
import { writeNothing } from './dialect.ts'
import { assertMayMigrate, assertMigrated, migrate, migrationState } from './migrate.ts'
import { signingKeysTable } from './tables/signing-keys.ts'
import { sessionChanges } from './tables/session-changes.ts'
import type { PostgresDatabase } from './postgres/postgres.ts'
import { sqliteDialect, type OpenThread } from './sqlite/sqlite.ts'
import { addNumbered, addUnnumbered } from './tables/status-lists.ts'
import { toLogger, type StatementListener } from './statement-listener.ts'
import { createStatusNumbering } from './status-numbering.ts'
import {
  createAnnouncer,
  createChangeSubscribers,
  noopNotifier,
  type StatusNotifier,
} from './status-notifier.ts'
import { assertServable, findMove } from './tables/moves.ts'
import { tablesOf } from './tables/all-tables.ts'
import type { Schema } from './tables/schema.ts'

/** A SQLite file (or `:memory:`), or a PostgreSQL database with the maximum number of connections. */
export type Database =
  | { readonly kind: 'sqlite'; readonly file: string }
  | ({ readonly kind: 'postgres' } & PostgresDatabase)

/** The options of {@link createStore}. */
export interface StoreOptions {
  readonly onStatement?: StatementListener | undefined
  /** `apply`, the default, runs pending migrations; `expect` fails with `migrations_pending` instead. */
  readonly migrations?: 'apply' | 'expect'
  /** With `false` a missing database is not created; fails with `database_missing` instead. */
  readonly create?: boolean
  /** True if a database of production is left as it is, also if migrations are pending; fails with `in_production`. */
  readonly refuseProduction?: boolean
  /** The strands of the audit log beside strand 0: 16 on PostgreSQL. None on SQLite, where transactions take turns; then they number status changes, too. */
  readonly strands?: number
  /** Opens a SQLite file; tests use the databases of earlier ones again. */
  readonly openThread?: OpenThread | undefined
}

/** Runs work on a database without migrating it, and closes it. */
export async function withDatabase<T>(
  database: Database,
  work: (db: Kysely<Schema>) => Promise<T>,
): Promise<T> {
  const { dialect } = await driverOf(database)
  const db = new Kysely<Schema>({ dialect })
  try {
    return await work(db)
  } finally {
    await db.destroy()
  }
}

const strandsOn = { sqlite: 0, postgres: maxStrands }

/** Opens a database, migrates it, and returns the store on it. */
export async function createStore(
  database: Database,
  { onStatement, openThread, strands = strandsOn[database.kind], ...options }: StoreOptions = {},
): Promise<Store> {
  if (options.create === false && database.kind === 'sqlite' && !existsSync(database.file))
    throw missing(`the file ${resolve(database.file)} does not exist`)
  const { dialect, notifier, replicaDialect } = await driverOf(database, openThread)
  const db = new Kysely<Schema>({ dialect, ...(onStatement ? { log: toLogger(onStatement) } : {}) })
  await prepare(db, options).catch(async (error: unknown) => {
    await db.destroy()
    throw error
  })
  const inside = new AsyncLocalStorage<true>()
  const running = { db, inside, isolation: isolationOf(database), strands }
  const repeatUnapplied = createRepeater()
  const subscribers = createChangeSubscribers(notifier)
  const announcer = createAnnouncer(notifier, db)
  const numbering = createStatusNumbering(db, strands)
  const tablesIn = (one: Kysely<Schema>) => tablesOf(one.withPlugin(outsideOnly(inside)), strands)
  const tables = tablesIn(db)
  const replica = replicaDialect && new Kysely<Schema>({ dialect: replicaDialect })
  return {
    ...tables,
    replica: replica ? readFromReplica(tables, tablesIn(replica)) : tables,
    async transaction(work) {
      assertOutside(inside)
      const { verdict, changes } = await repeatUnapplied(() => runOnce(running, work))
      await propagate(changes, { numbering, announcer, subscribers })
      return verdict
    },
    onChange: subscribers.add,
    numberStatusChanges: numbering.numberPending,
    untilServersKnow: () => pollOf(database),
    isMoved: async () => (await findMove(db))?.state === 'moved',
    ping: () => assertWritable(db),
    async close() {
      await subscribers.close()
      await announcer.close()
      await Promise.all([db.destroy(), replica?.destroy()])
    },
  }
}

async function assertWritable(db: Kysely<Schema>): Promise<void> {
  if ((await findMove(db))?.state === 'moved')
    throw fail('database_unusable', { detail: 'it was moved to another one' }) // 503 for callers: `database_moved` is for operators
  await writeNothing(db)
}

function isolationOf(database: Database): IsolationLevel {
  return (database.kind === 'postgres' && database.isolation) || 'read committed'
}

/** Runs transactions. */
interface TransactionRunner {
  readonly db: Kysely<Schema>
  readonly inside: AsyncLocalStorage<true>
  readonly isolation: IsolationLevel
  readonly strands: number
}

/** Runs a transaction once, and returns what it changed that servers hold in memory. */
async function runOnce<T>(
  { db, inside, isolation, strands }: TransactionRunner,
  work: (tx: Transaction) => Promise<T>,
): Promise<{ readonly verdict: T; readonly changes: ReadonlySet<StoreChange> }> {
  const changes = new Set<StoreChange>()
  // Set each time, because the database may have another default: a read after a lock must see what the previous holder wrote.
  const transaction = db.transaction().setIsolationLevel(isolation)
  const verdict = await transaction.execute((tx) => {
    const onChange = (change: StoreChange) => void changes.add(change)
    return inside.run(true, () => work(transactionOf(tx, strands, onChange)))
  })
  return { verdict, changes }
}

/** Brings the tables up to date, as far as the options allow. */
async function prepare(
  db: Kysely<Schema>,
  { migrations = 'apply', create = true, refuseProduction }: StoreOptions,
): Promise<void> {
  if (!create && (await migrationState(db)).done.length === 0)
    throw missing('the database of database.url has no tables of Countersign')
  if (refuseProduction) await assertMayMigrate(db)
  await (migrations === 'apply' ? migrate(db) : assertMigrated(db))
  await assertServable(db)
}

const maxPollMs = 1_500 // servers read the keys every 1.1 s at the latest if the database sends no notifications

/** Waits until every other process on a database has polled it; a database in memory has none. */
async function pollOf(database: Database): Promise<void> {
  if (database.kind === 'sqlite' && database.file === ':memory:') return
  await setTimeout(maxPollMs)
}

function missing(found: string) {
  return fail('database_missing', {
    detail: `${found}; check database.url. A server creates the database when it starts, as does \`countersign migrate apply\``,
  })
}

/** The dialect that reaches a database, and the notifier of its servers. */
interface Driver {
  readonly dialect: Dialect
  readonly notifier: StatusNotifier
  readonly replicaDialect?: Dialect | undefined
}

async function driverOf(database: Database, openThread?: OpenThread): Promise<Driver> {
  switch (database.kind) {
    case 'sqlite':
      return { dialect: sqliteDialect(database.file, openThread), notifier: noopNotifier }
    case 'postgres': {
      const { postgresDialect, postgresStatusNotifier } = await import('./postgres/postgres.ts') // its driver is loaded only if needed
      const notifier = database.notify === false ? noopNotifier : postgresStatusNotifier(database)
      const { readUrl: url } = database
      const replicaDialect = url && postgresDialect({ ...database, url, mayBeReadOnly: true })
      return { dialect: postgresDialect(database), notifier, replicaDialect }
    }
  }
}

function transactionOf(
  tx: Kysely<Schema>,
  strands: number,
  onChange: (change: StoreChange) => void,
): Transaction {
  const tables = tablesOf(tx, strands)
  const addChanges = strands === 0 ? addNumbered : addUnnumbered
  return {
    ...tables,
    sessions: { ...tables.sessions, ...sessionChanges(tx, addChanges, () => onChange('statuses')) },
    signingKeys: signingKeysTable(tx, () => onChange('keys')),
    ...locksTable(tx),
  }
}

/** Refuses the outer store inside a transaction: it would wait for the transaction itself, or for a connection that is never released. */
function outsideOnly(inside: AsyncLocalStorage<true>): KyselyPlugin {
  return {
    transformQuery({ node }) {
      assertOutside(inside)
      return node
    },
    transformResult: async ({ result }) => result,
  }
}

function assertOutside(inside: AsyncLocalStorage<true>): void {
  if (inside.getStore()) throw new Error('inside a transaction, use tx and nothing else')
}
