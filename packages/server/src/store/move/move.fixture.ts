import { sql, type Kysely } from 'kysely'
import { recordEvents } from '../../domain/audit-log/record-event.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import { testRoot } from '../contracts/policies.fixture.ts'
import { withDatabase, type Database } from '../store.ts'
import { auditLogTable } from '../tables/audit-log.ts'
import { locksTable } from '../tables/locks.ts'
import type { Schema } from '../tables/schema.ts'
import { moveDatabase, type MovedRows, type MoveProgress } from './move-database.ts'
import { movedTables } from './moved-tables.ts'

/** Moves one database to the other, as the command does. */
export function move(
  from: Database,
  to: Database,
  onProgress?: (progress: MoveProgress) => void | Promise<void>,
): Promise<MovedRows> {
  const deps = { clock: { now: () => 5 }, random: systemRandom, root: testRoot }
  const options = {
    owner: systemRandom.bytes(8).toString('hex'),
    now: 5,
    record: (tx: Kysely<Schema>) =>
      recordEvents(
        deps,
        { auditLog: auditLogTable(tx), ...locksTable(tx) },
        { type: 'database_moved', facts: { from: from.kind, to: to.kind } },
      ),
    ...(onProgress && { onProgress }),
  }
  return withDatabase(from, (source) =>
    withDatabase(to, (target) => moveDatabase(source, target, options)),
  )
}

/** All rows of all tables that are moved, each in one order of its columns; without the entry of the audit log that a move adds. */
export async function contentOf(
  database: Database,
): Promise<Readonly<Record<string, readonly string[]>>> {
  return withDatabase(database, async (db) => {
    const tables: [string, readonly string[]][] = []
    for (const { name } of movedTables) {
      const { rows } = await sql<object>`select * from ${sql.table(name)}`.execute(db)
      const texts = rows.map((row) => JSON.stringify(Object.entries(row).toSorted()))
      tables.push([name, texts.filter((text) => !text.includes('database_moved')).toSorted()])
    }
    return Object.fromEntries(tables)
  })
}
