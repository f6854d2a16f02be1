import type { Kysely } from 'kysely'
import type { Entry } from '../domain/ledger/chain.ts'
import type { Ledger } from '../domain/ledger/ledger.ts'
import type { LedgerRow, Schema } from './tables.ts'

const rowsAtOnce = 200 // of ten values each; both databases take a few times more

/** The ledger and ledger_checkpoints tables. */
export function ledgerTable(db: Kysely<Schema>): Ledger {
  return { ...looks(db), ...changes(db), ...checkpoints(db) }
}

function looks(db: Kysely<Schema>): Pick<Ledger, 'last' | 'find' | 'lastOf' | 'page' | 'newest'> {
  return {
    async last() {
      const query = db.selectFrom('ledger').select(['seq', 'mac', 'type'])
      return query.orderBy('seq', 'desc').limit(1).executeTakeFirst()
    },

    async find(seq) {
      const query = db.selectFrom('ledger').selectAll().where('seq', '=', seq)
      const row = await query.executeTakeFirst()
      return row && toEntry(row)
    },

    async lastOf(type) {
      const query = db.selectFrom('ledger').selectAll().where('type', '=', type)
      const row = await query.orderBy('seq', 'desc').limit(1).executeTakeFirst()
      return row && toEntry(row)
    },

    async page(after, limit) {
      const query = db.selectFrom('ledger').selectAll().where('seq', '>', after)
      return (await query.orderBy('seq').limit(limit).execute()).map(toEntry)
    },

    async newest(limit, { userId, type, before } = {}) {
      let query = db.selectFrom('ledger').selectAll()
      if (userId !== undefined) query = query.where('user_id', '=', userId)
      if (type !== undefined) query = query.where('type', '=', type)
      if (before !== undefined) query = query.where('seq', '<', before)
      return (await query.orderBy('seq', 'desc').limit(limit).execute()).map(toEntry)
    },
  }
}

function changes(db: Kysely<Schema>): Pick<Ledger, 'add' | 'erase'> {
  return {
    async add(added) {
      const rows = added.map(toRow)
      for (let from = 0; from < rows.length; from += rowsAtOnce) {
        await db
          .insertInto('ledger')
          .values(rows.slice(from, from + rowsAtOnce))
          .execute()
      }
    },

    async erase(whose) {
      const there = db.updateTable('ledger').where('personal', 'is not', null)
      const update =
        'user' in whose
          ? there.where('user_id', '=', whose.user)
          : there.where('at', '<', whose.before)
      const erased = update.set({ personal: null, salt: null })
      return Number((await erased.executeTakeFirst()).numUpdatedRows)
    },
  }
}

function checkpoints(db: Kysely<Schema>): Pick<Ledger, 'checkpoints' | 'addCheckpoint'> {
  return {
    async checkpoints(after, limit) {
      const query = db.selectFrom('ledger_checkpoints').selectAll().where('seq', '>', after)
      return query.orderBy('seq').limit(limit).execute()
    },

    async addCheckpoint(checkpoint) {
      await db.insertInto('ledger_checkpoints').values(checkpoint).execute()
    },
  }
}

function toRow({ userId, sessionId, ...entry }: Entry): LedgerRow {
  return { ...entry, user_id: userId, session_id: sessionId }
}

function toEntry({ user_id, session_id, ...row }: LedgerRow): Entry {
  return { ...row, userId: user_id, sessionId: session_id }
}
