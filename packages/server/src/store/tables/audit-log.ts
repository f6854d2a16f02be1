import { sql, type Kysely, type SelectQueryBuilder } from 'kysely'
import { readFacts } from '../../domain/audit-log/read-facts.ts'
import { namesOf } from '../../domain/audit-log/event-names.ts'
import type { Entry } from '../../domain/audit-log/chain.ts'
import type { AuditLog, EntryFilter } from '../../domain/audit-log/audit-log.ts'
import { maxStrands } from '../../domain/audit-log/strand.ts'
import type { AuditLogStrandRow, Schema } from './schema.ts'

const maxRowsPerInsert = 200 // of eleven values each; both databases allow several times more parameters

/** The audit_log, audit_log_strands and audit_log_checkpoints tables. New events of users go to so many strands beside strand 0; by default all go to that. */
export function auditLogTable(db: Kysely<Schema>, strands = 0): AuditLog {
  return {
    strands,
    ...reads(db),
    ...lists(db),
    ...writes(db),
    ...checkpoints(db),
  }
}

const columns = [
  'seq',
  'at',
  'type',
  'user_id',
  'session_id',
  'facts',
  'personal',
  'salt',
  'commitment',
  'mac',
] as const

type Rows = SelectQueryBuilder<Schema, 'audit_log_strands', AuditLogStrandRow>

/** Selects the rows of strand 0. */
function firstStrand(db: Kysely<Schema>): Rows {
  const rows = db.selectFrom('audit_log').select(sql.lit(0).as('strand')).select(columns)
  return rows as unknown as Rows // the other table has the same columns
}

const otherStrands = (db: Kysely<Schema>): Rows =>
  db.selectFrom('audit_log_strands').select(['strand', ...columns])

const rowsOf = (db: Kysely<Schema>, strand: number): Rows =>
  strand === 0 ? firstStrand(db) : otherStrands(db).where('strand', '=', strand)

/** The numbers of all strands. A database that was moved here may have entries in each. */
const allStrands = Array.from({ length: maxStrands + 1 }, (_, strand) => strand)

const unionOf = (queries: readonly Rows[]) =>
  sql.join(
    queries.map((rows) => sql`select * from (${rows}) as part`),
    sql` union all `,
  )

function reads(
  db: Kysely<Schema>,
): Pick<AuditLog, 'last' | 'heads' | 'find' | 'lastOf' | 'countSince'> {
  const newest = (rows: Rows) => rows.orderBy('seq', 'desc').limit(1)
  return {
    async last(strand) {
      const row = await newest(rowsOf(db, strand)).executeTakeFirst()
      return row && toEntry(row)
    },

    async heads() {
      const heads = unionOf(allStrands.map((strand) => newest(rowsOf(db, strand))))
      const { rows } = await sql<AuditLogStrandRow>`${heads} order by strand`.execute(db)
      return rows.map(toEntry)
    },

    async find(seq) {
      const row = await firstStrand(db).where('seq', '=', seq).executeTakeFirst()
      return row && toEntry(row)
    },

    async lastOf(type) {
      const row = await newest(firstStrand(db).where('type', '=', type)).executeTakeFirst()
      return row && toEntry(row)
    },

    async countSince(type, since, max) {
      const found = [firstStrand(db), otherStrands(db)].map((rows) =>
        rows.where('type', 'in', namesOf(type)).where('at', '>=', since).limit(max).execute(),
      )
      const rows = (await Promise.all(found)).flat()
      const total = rows.reduce((sum, { facts }) => sum + timesOf(readFacts(facts)), 0)
      return Math.min(total, max)
    },
  }
}

function lists(db: Kysely<Schema>): Pick<AuditLog, 'page' | 'newest'> {
  /** Selects the newest rows of a strand that a filter admits. */
  const matching = (strand: number, filter: EntryFilter, limit: number) => {
    const { userId, type, before, since, until } = filter
    let rows = rowsOf(db, strand)
    if (userId === null) rows = rows.where('user_id', 'is', null)
    else if (userId !== undefined) rows = rows.where('user_id', '=', userId)
    if (type !== undefined) rows = rows.where('type', 'in', namesOf(type))
    if (before !== undefined) rows = rows.where('seq', '<', before[strand] ?? 0)
    if (since !== undefined) rows = rows.where('at', '>=', since)
    if (until !== undefined) rows = rows.where('at', '<', until)
    return rows.orderBy('seq', 'desc').limit(limit)
  }
  return {
    async page({ strand, seq }, limit) {
      const first = firstStrand(db).where('seq', '>', seq).orderBy('seq').limit(limit)
      const rows = strand === 0 ? await first.execute() : []
      const rest = limit - rows.length
      if (rest === 0) return rows.map(toEntry)
      const [from, after] = strand === 0 ? [0, 0] : [strand, seq]
      const others = otherStrands(db).where(sql<boolean>`(strand, seq) > (${from}, ${after})`)
      const more = await others.orderBy('strand').orderBy('seq').limit(rest).execute()
      return [...rows, ...more].map(toEntry)
    },

    async newest(limit, filter = {}) {
      const queries = strandsFor(filter).map((strand) => matching(strand, filter, limit))
      const [only, ...others] = queries
      if (!only) return []
      if (others.length === 0) return (await only.execute()).map(toEntry)
      // The time of an entry, or of a newer one of its strand if that is earlier: clocks that differ change no order within a strand.
      const time = sql`min(at) over (partition by strand order by seq desc)`
      const { rows } = await sql<AuditLogStrandRow>`
        select strand, ${sql.join(columns.map((one) => sql.ref(one)))}
        from (select entries.*, ${time} as place from (${unionOf(queries)}) as entries) as placed
        order by place desc, strand desc, seq desc limit ${limit}`.execute(db)
      return rows.map(toEntry)
    },
  }
}

/** Returns the strands that may have entries which a filter admits. */
function strandsFor({ userId, before }: EntryFilter): readonly number[] {
  if (userId === null) return [0]
  return before ? [...before.keys()].filter((at) => (before[at] ?? 0) > 1) : allStrands
}

/** Returns for how many events an entry stands. */
function timesOf({ count }: Readonly<Record<string, unknown>>): number {
  return typeof count === 'number' ? count : 1
}

function writes(db: Kysely<Schema>): Pick<AuditLog, 'add' | 'erase'> {
  return {
    async add(added) {
      for (let from = 0; from < added.length; from += maxRowsPerInsert) {
        const rows = added.slice(from, from + maxRowsPerInsert).map(toRow)
        const insert =
          rows[0]?.strand === 0
            ? db.insertInto('audit_log').values(rows.map(({ strand: _strand, ...row }) => row))
            : db.insertInto('audit_log_strands').values(rows)
        await insert.execute()
      }
    },

    async erase(which) {
      let erased = 0
      for (const table of ['audit_log', 'audit_log_strands'] as const) {
        const all = db.updateTable(table).where('personal', 'is not', null)
        const update =
          'user' in which
            ? all.where('user_id', '=', which.user)
            : all.where('at', '<', which.before)
        const result = await update.set({ personal: null, salt: null }).executeTakeFirst()
        erased += Number(result.numUpdatedRows)
      }
      return erased
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

function toRow({ userId, sessionId, ...entry }: Entry): AuditLogStrandRow {
  return { ...entry, user_id: userId, session_id: sessionId }
}

function toEntry({ user_id, session_id, ...row }: AuditLogStrandRow): Entry {
  return { ...row, userId: user_id, sessionId: session_id }
}
