import type { Kysely } from 'kysely'
import type { Outbox, OutboxItem } from '../../domain/mail/outbox.ts'
import type { OutboxRow, Schema } from './schema.ts'

/** The outbox table. */
export function outboxTable(db: Kysely<Schema>): Outbox {
  return { ...deliveries(db), ...overview(db) }
}

function deliveries(db: Kysely<Schema>): Omit<Outbox, 'listDead' | 'count' | 'prune'> {
  /** Changes a claimed mail, unless it was claimed again since. */
  const update = ({ id, attempts }: OutboxItem, change: Partial<OutboxRow>) =>
    db.updateTable('outbox').set(change).where('id', '=', id).where('attempts', '=', attempts)
  return {
    async add(item) {
      const row = { ...toRow(item), next_attempt_at: item.createdAt }
      await db.insertInto('outbox').values(row).execute()
    },

    async claim(now, leaseUntil, limit) {
      const waiting = db.selectFrom('outbox').select('id').where('failed_at', 'is', null)
      const due = waiting.where('next_attempt_at', '<=', now).orderBy('next_attempt_at')
      // One statement, and the time is compared once more in it: of two servers that found the same row, PostgreSQL makes the second wait for the
      // first, looks at the row again, and leaves it out.
      const claimed = await db
        .updateTable('outbox')
        .set((row) => ({ attempts: row('attempts', '+', 1), next_attempt_at: leaseUntil }))
        .where('id', 'in', due.limit(limit))
        .where('failed_at', 'is', null)
        .where('next_attempt_at', '<=', now)
        .returningAll()
        .execute()
      return claimed.map(toItem)
    },

    async remove({ id, attempts }) {
      const own = db.deleteFrom('outbox').where('id', '=', id)
      await own.where('attempts', '=', attempts).execute()
    },

    async defer(item, next, error) {
      await update(item, { next_attempt_at: next, error }).execute()
    },

    async bury(item, now, error) {
      await update(item, { failed_at: now, error }).execute()
    },
  }
}

function overview(db: Kysely<Schema>): Pick<Outbox, 'listDead' | 'count' | 'prune'> {
  return {
    async listDead(limit) {
      const dead = db
        .selectFrom('outbox')
        .selectAll()
        .where('failed_at', 'is not', null)
        .orderBy('failed_at', 'desc')
      return (await dead.limit(limit).execute()).map(toItem)
    },

    async count() {
      const counts = db
        .selectFrom('outbox')
        .select(({ fn }) => [
          fn.count<number>('id').as('all'),
          fn.count<number>('failed_at').as('dead'),
        ])
      const { all: total, dead } = await counts.executeTakeFirstOrThrow()
      return { waiting: Number(total) - Number(dead), dead: Number(dead) }
    },

    async prune(before) {
      const old = db.deleteFrom('outbox').where('failed_at', '<', before)
      return Number((await old.executeTakeFirst()).numDeletedRows)
    },
  }
}

function toRow(item: OutboxItem): Omit<OutboxRow, 'next_attempt_at'> {
  return {
    id: item.id,
    kind: item.kind,
    payload: item.payload,
    created_at: item.createdAt,
    deliver_until: item.deliverUntil,
    attempts: item.attempts,
    error: item.error,
    failed_at: item.failedAt,
  }
}

function toItem(row: OutboxRow): OutboxItem {
  return {
    id: row.id,
    kind: row.kind,
    payload: row.payload,
    createdAt: row.created_at,
    deliverUntil: row.deliver_until,
    attempts: row.attempts,
    error: row.error,
    failedAt: row.failed_at,
  }
}
