import { randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { Pool } from 'pg'

const rows = 10_000 // sessions to refresh
const newHash = () => randomBytes(32).toString('base64url')

const table = `create table if not exists bare (id bigint primary key, hash text not null unique, used text not null,
  last_used_at bigint not null)`
const update = (one: string, two: string, three: string) =>
  `update bare set hash = ${one}, used = ${two}, last_used_at = last_used_at + 1 where id = ${three} returning last_used_at`

/** The minimum for a durable rotation on SQLite: one row, one commit, one sync. */
export function bareSqlite(db: DatabaseSync): { rotate(): void; close(): void } {
  db.exec('pragma journal_mode = wal; pragma synchronous = full')
  db.exec(table)
  const add = db.prepare('insert into bare values (?, ?, ?, 0)')
  db.exec('begin')
  for (let id = 0; id < rows; id++) add.run(id, newHash(), '[]')
  db.exec('commit')
  const [begin, commit] = [db.prepare('begin immediate'), db.prepare('commit')]
  const rotate = db.prepare(update('?', '?', '?'))
  let at = 0
  return {
    rotate() {
      begin.run()
      rotate.all(newHash(), newHash(), (at = (at + 1) % rows))
      commit.run()
    },
    close: () => db.close(),
  }
}

/** The same on PostgreSQL: one statement, on as many connections as are given. */
export async function barePostgres(
  connectionString: string,
  connections: number,
): Promise<{ rotate(): Promise<unknown>; close(): Promise<void> }> {
  const pool = new Pool({ connectionString, max: connections })
  pool.on('error', () => {}) // the failing query reports it too
  await pool.query(table)
  const [ids, hashes] = [[...Array(rows).keys()], Array.from({ length: rows }, newHash)]
  const fill = `insert into bare select id, hash, '[]', 0 from unnest($1::bigint[], $2::text[]) as given(id, hash)`
  await pool.query(fill, [ids, hashes])
  const text = update('$1', '$2', '$3')
  let at = 0
  return {
    rotate: () =>
      pool.query({ name: 'rotate', text, values: [newHash(), newHash(), (at = (at + 1) % rows)] }),
    close: () => pool.end(),
  }
}
