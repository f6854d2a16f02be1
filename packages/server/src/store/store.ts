import { AsyncLocalStorage } from 'node:async_hooks'
import type { Seconds } from '@countersign/token'
import { Kysely, sql, type KyselyPlugin, type Logger } from 'kysely'
import type { Secret } from '../domain/secret.ts'
import type { Store, Tables } from '../domain/store.ts'
import { ledgerTable } from './ledger.ts'
import { limitsTable } from './limits.ts'
import { locksTable } from './locks.ts'
import { migrate } from './migrate.ts'
import { sealedSecretsTable } from './sealed-secrets.ts'
import { sessionsTable } from './sessions.ts'
import { signingKeysTable } from './signing-keys.ts'
import { sqliteDialect } from './sqlite.ts'
import type { Schema } from './tables.ts'
import { usersTable } from './users.ts'

/** Where the data is: a SQLite file (or `:memory:`), or a PostgreSQL database with so many connections at most. */
export type Database =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: Secret; readonly poolSize: number }

/** Hears of each statement: what it did, and the seconds that it took. */
export type StatementListener = (kind: StatementKind, took: Seconds) => void

/** Opens a database, brings its tables up to date and returns the store on it. */
export async function createStore(
  database: Database,
  onStatement?: StatementListener,
): Promise<Store> {
  const log = onStatement && toLogger(onStatement)
  const db = new Kysely<Schema>({ dialect: await dialectOf(database), ...(log ? { log } : {}) })
  try {
    await migrate(db)
  } catch (error) {
    await db.destroy()
    throw error
  }
  const inside = new AsyncLocalStorage<true>()
  return {
    ...tablesOf(db.withPlugin(outsideOnly(inside))),
    async transaction(work) {
      assertOutside(inside)
      // Said each time, whatever the database's own default is: a look after a lock must see what the last holder wrote.
      const transaction = db.transaction().setIsolationLevel('read committed')
      return transaction.execute((tx) =>
        inside.run(true, () => work({ ...tablesOf(tx), ...locksTable(tx) })),
      )
    },
    async ping() {
      await sql`select 1`.execute(db)
    },
    close: () => db.destroy(),
  }
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

async function dialectOf(database: Database) {
  switch (database.kind) {
    case 'sqlite':
      return sqliteDialect(database.file)
    case 'postgres':
      return (await import('./postgres.ts')).postgresDialect(database) // its driver is read where it is needed
  }
}

function tablesOf(db: Kysely<Schema>): Tables {
  return {
    users: usersTable(db),
    sessions: sessionsTable(db),
    signingKeys: signingKeysTable(db),
    sealedSecrets: sealedSecretsTable(db),
    ledger: ledgerTable(db),
    limits: limitsTable(db),
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
