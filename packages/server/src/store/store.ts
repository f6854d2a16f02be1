import { AsyncLocalStorage } from 'node:async_hooks'
import { Kysely, sql, type KyselyPlugin } from 'kysely'
import type { Store, Tables } from '../domain/store.ts'
import { migrate } from './migrate.ts'
import { signingKeysTable } from './signing-keys.ts'
import { sqliteDialect } from './sqlite.ts'
import type { Schema } from './tables.ts'
import { usersTable } from './users.ts'

const insideTransaction = new AsyncLocalStorage<true>()

/** Refuses the outer store inside a transaction, where it would wait for itself for ever. */
const outsideOnly: KyselyPlugin = {
  transformQuery({ node }) {
    if (insideTransaction.getStore())
      throw new Error('inside a transaction, use tx and nothing else')
    return node
  },
  transformResult: async ({ result }) => result,
}

/** Opens a SQLite file (or `:memory:`), brings its tables up to date and returns the store on it. */
export async function createStore(file: string): Promise<Store> {
  const db = new Kysely<Schema>({ dialect: sqliteDialect(file) })
  try {
    await migrate(db)
  } catch (error) {
    await db.destroy()
    throw error
  }
  return {
    ...tablesOf(db.withPlugin(outsideOnly)),
    transaction: (work) =>
      db.transaction().execute((tx) => insideTransaction.run(true, () => work(tablesOf(tx)))),
    async ping() {
      await sql`select 1`.execute(db)
    },
    close: () => db.destroy(),
  }
}

function tablesOf(db: Kysely<Schema>): Tables {
  return { users: usersTable(db), signingKeys: signingKeysTable(db) }
}
