import type { Kysely } from 'kysely'
import { readFacts } from '../../domain/audit-log/read-facts.ts'
import { namesOf } from '../../domain/audit-log/event-names.ts'
import type { Entry } from '../../domain/audit-log/chain.ts'
import type { AuditLog } from '../../domain/audit-log/audit-log.ts'
import type { AuditLogRow, Schema } from './schema.ts'

const maxRowsPerInsert = 200 // of ten values each; both databases allow several times more parameters

/** The audit_log and audit_log_checkpoints tables. */
export function auditLogTable(db: Kysely<Schema>): AuditLog {
  return { ...reads(db), ...writes(db), ...checkpoints(db) }
}

function reads(
  db: Kysely<Schema>,
): Pick<AuditLog, 'last' | 'find' | 'lastOf' | 'page' | 'newest' | 'countSince'> {
  return {
    async last() {
      const query = db.selectFrom('audit_log').select(['seq', 'mac', 'type'])
      return query.orderBy('seq', 'desc').limit(1).executeTakeFirst()
    },

    async find(seq) {
      const query = db.selectFrom('audit_log').selectAll().where('seq', '=', seq)
      const row = await query.executeTakeFirst()
      return row && toEntry(row)
    },

    async lastOf(type) {
      const query = db.selectFrom('audit_log').selectAll().where('type', '=', type)
      const row = await query.orderBy('seq', 'desc').limit(1).executeTakeFirst()
      return row && toEntry(row)
    },

    async page(after, limit) {
      const query = db.selectFrom('audit_log').selectAll().where('seq', '>', after)
      return (await query.orderBy('seq').limit(limit).execute()).map(toEntry)
    },

    async newest(limit, { userId, type, before, since, until } = {}) {
      let query = db.selectFrom('audit_log').selectAll()
      if (userId !== undefined) query = query.where('user_id', '=', userId)
      if (type !== undefined) query = query.where('type', 'in', namesOf(type))
      if (before !== undefined) query = query.where('seq', '<', before)
      if (since !== undefined) query = query.where('at', '>=', since)
      if (until !== undefined) query = query.where('at', '<', until)
      return (await query.orderBy('seq', 'desc').limit(limit).execute()).map(toEntry)
    },

    async countSince(type, since, max) {
      const query = db.selectFrom('audit_log').select('facts').where('type', 'in', namesOf(type))
      const rows = await query.where('at', '>=', since).limit(max).execute()
      const total = rows.reduce((sum, { facts }) => sum + timesOf(readFacts(facts)), 0)
      return Math.min(total, max)
    },
  }
}

/** Returns for how many events an entry stands. */
function timesOf({ count }: Readonly<Record<string, unknown>>): number {
  return typeof count === 'number' ? count : 1
}

function writes(db: Kysely<Schema>): Pick<AuditLog, 'add' | 'erase'> {
  return {
    async add(added) {
      const rows = added.map(toRow)
      for (let from = 0; from < rows.length; from += maxRowsPerInsert) {
        await db
          .insertInto('audit_log')
          .values(rows.slice(from, from + maxRowsPerInsert))
          .execute()
      }
    },

    async erase(which) {
      const all = db.updateTable('audit_log').where('personal', 'is not', null)
      const update =
        'user' in which ? all.where('user_id', '=', which.user) : all.where('at', '<', which.before)
      const erased = update.set({ personal: null, salt: null })
      return Number((await erased.executeTakeFirst()).numUpdatedRows)
    },
  }
}

function checkpoints(db: Kysely<Schema>): Pick<AuditLog, 'checkpoints' | 'addCheckpoint'> {
  return {
    async checkpoints(after, limit) {
      const query = db.selectFrom('audit_log_checkpoints').selectAll().where('seq', '>', after)
      return query.orderBy('seq').limit(limit).execute()
    },

    async addCheckpoint(checkpoint) {
      await db.insertInto('audit_log_checkpoints').values(checkpoint).execute()
    },
  }
}

function toRow({ userId, sessionId, ...entry }: Entry): AuditLogRow {
  return { ...entry, user_id: userId, session_id: sessionId }
}

function toEntry({ user_id, session_id, ...row }: AuditLogRow): Entry {
  return { ...row, userId: user_id, sessionId: session_id }
}
