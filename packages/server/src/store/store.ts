import { AsyncLocalStorage } from 'node:async_hooks'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Seconds } from '@countersign/token/internal'
import { Kysely, sql, type Dialect, type KyselyPlugin, type Logger } from 'kysely'
import type { Secret } from '../domain/kernel/secret.ts'
import { fail } from '../failures.ts'
import type { Store, Tables, Transaction } from '../domain/store.ts'
import { auditLogTable } from './tables/audit-log.ts'
import { invitationsTable } from './tables/invitations.ts'
import { limitsTable } from './tables/limits.ts'
import { locksTable } from './tables/locks.ts'
import { assertMigrated, migrate, migrationState } from './migrate.ts'
import { encryptedSecretsTable } from './tables/encrypted-secrets.ts'
import { sessionsTable } from './tables/sessions.ts'
import { signingKeysTable } from './tables/signing-keys.ts'
import { sessionChanges } from './tables/session-changes.ts'
import { sqliteDialect } from './sqlite/sqlite.ts'
import { statusListsTable } from './tables/status-lists.ts'
import { createChangeSubscribers, noopNotifier, type StatusNotifier } from './status-notifier.ts'
import type { Schema } from './tables/schema.ts'
import { usersTable } from './tables/users.ts'

/** Where the data is: a SQLite file (or `:memory:`), or a PostgreSQL database with so many connections at most. */
export type Database =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: Secret; readonly poolSize: number }

/** Hears of each statement: what it did, and the seconds that it took. */
export type StatementListener = (kind: StatementKind, took: Seconds) => void

/** How a store is opened. */
export interface StoreOptions {
  readonly onStatement?: StatementListener | undefined
  /** `apply` brings the tables up to date, which is the default; `expect` fails with `migrations_pending` when they are not. */
  readonly migrations?: 'apply' | 'expect'
  /** With `false` one that is not there yet is not made: fails with `database_missing`. */
  readonly create?: boolean
}

/** Does something with a database as it is, and closes it. */
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

/** Opens a database, brings its tables up to date and returns the store on it. */
export async function createStore(
  database: Database,
  { onStatement, migrations = 'apply', create = true }: StoreOptions = {},
): Promise<Store> {
  if (!create && database.kind === 'sqlite' && !existsSync(database.file))
    throw missing(`there is no file ${resolve(database.file)}`)
  const log = onStatement && toLogger(onStatement)
  const { dialect, news } = await driverOf(database)
  const db = new Kysely<Schema>({ dialect, ...(log ? { log } : {}) })
  try {
    if (!create && (await migrationState(db)).done.length === 0)
      throw missing('what database.url names has none of its tables')
    await (migrations === 'apply' ? migrate(db) : assertMigrated(db))
  } catch (error) {
    await db.destroy()
    throw error
  }
  const inside = new AsyncLocalStorage<true>()
  const looks = createChangeSubscribers(news)
  return {
    ...tablesOf(db.withPlugin(outsideOnly(inside))),
    async transaction(work) {
      assertOutside(inside)
      let ended = false
      // Said each time, whatever the database's own default is: a look after a lock must see what the last holder wrote.
      const transaction = db.transaction().setIsolationLevel('read committed')
      const verdict = await transaction.execute((tx) => {
        const onEnd = async () => {
          ended = true
          await news.announce(tx)
        }
        return inside.run(true, () => work(transactionOf(tx, onEnd)))
      })
      // The commit first, then the looks, and only then the answer: who hears that a session has ended finds its tokens refused.
      if (ended) await looks.look()
      return verdict
    },
    onStatusChange: looks.add,
    async ping() {
      await sql`select 1`.execute(db)
    },
    async close() {
      await looks.end()
      await db.destroy()
    },
  }
}

function missing(found: string) {
  return fail('database_missing', {
    detail: `${found}; is database.url right? A server that starts makes it, and \`countersign migrate apply\``,
  })
}

const kinds = {
  SelectQueryNode: 'select',
  InsertQueryNode: 'insert',
  UpdateQueryNode: 'update',
  DeleteQueryNode: 'delete',
} as const

/** What a statement does; `other` for what stands in no table. */
export type StatementKind = (typeof kinds)[keyof typeof kinds] | 'other'

function toLogger(onStatement: StatementListener): Logger {
  return ({ query: { query }, queryDurationMillis }) => {
    const kind = Object.hasOwn(kinds, query.kind)
      ? kinds[query.kind as keyof typeof kinds]
      : 'other'
    onStatement(kind, queryDurationMillis / 1000)
  }
}

async function driverOf(
  database: Database,
): Promise<{ readonly dialect: Dialect; readonly news: StatusNotifier }> {
  switch (database.kind) {
    case 'sqlite':
      return { dialect: sqliteDialect(database.file), news: noopNotifier }
    case 'postgres': {
      const { postgresDialect, statusNotificationsOf } = await import('./postgres/postgres.ts') // its driver is read where it is needed
      return { dialect: postgresDialect(database), news: statusNotificationsOf(database.url) }
    }
  }
}

function transactionOf(tx: Kysely<Schema>, onEnd: () => Promise<void>): Transaction {
  const tables = tablesOf(tx)
  return {
    ...tables,
    sessions: { ...tables.sessions, ...sessionChanges(tx, onEnd) },
    ...locksTable(tx),
  }
}

function tablesOf(db: Kysely<Schema>): Tables {
  return {
    users: usersTable(db),
    sessions: sessionsTable(db),
    statusLists: statusListsTable(db),
    signingKeys: signingKeysTable(db),
    encryptedSecrets: encryptedSecretsTable(db),
    auditLog: auditLogTable(db),
    limits: limitsTable(db),
    invitations: invitationsTable(db),
  }
}

/** Refuses the outer store inside a transaction: it would wait for its own turn, or for a connection that never comes free. */
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
