import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sql } from 'kysely'
import { Secret } from '../domain/kernel/secret.ts'
import { inspectTables } from './inspect-database.ts'
import { migrationState, statementsOf } from './migrate.ts'
import { migrations } from './migrations/migrations.ts'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { createStore, withDatabase, type Database } from './store.ts'

const all = Object.keys(migrations)

/** Asserts what must be true on either database. */
async function assertLooks(database: Database): Promise<void> {
  const expecting = () => createStore(database, { migrations: 'expect' })
  await assert.rejects(expecting, { code: 'migrations_pending' })
  await withDatabase(database, async (db) => {
    const { migrations: found, ring } = await inspectTables(db, database.kind)
    assert.deepEqual(found, { done: [], pending: all, unknown: [] })
    assert.deepEqual(ring, [])
  })
  await assert.rejects(expecting, { code: 'migrations_pending' }, 'a look has changed nothing')
  await (await createStore(database)).close()
  await (await expecting()).close()
  await withDatabase(database, async (db) => {
    await sql`insert into kysely_migration values ('9999-newer', '2026')`.execute(db)
    const { migrations: found, durability } = await inspectTables(db, database.kind)
    assert.deepEqual(found, { done: all, pending: [], unknown: ['9999-newer'] })
    for (const [name, is, wanted] of durability) assert.equal(is, wanted, name)
    assert.ok(durability.length >= 2)
  })
}

test('a SQLite file says how it stands, and a look changes nothing', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  t.after(() => rmSync(folder, { recursive: true }))
  await assertLooks({ kind: 'sqlite', file: `${folder}/x.db` })
})

test('PostgreSQL says how it stands, and what time it has', async (t) => {
  await using server = await startPostgres({ durable: true })
  if (!server) return t.skip(howToGetPostgres)
  const url = await server.url('inspected')
  const database: Database = { kind: 'postgres', url: new Secret(url), poolSize: 2 }
  await assertLooks(database)
  const ours = Math.floor(Date.now() / 1000)
  await withDatabase(database, async (db) => {
    const { clock, durability } = await inspectTables(db, 'postgres')
    assert.ok(clock !== undefined && Math.abs(clock - ours) < 60)
    assert.deepEqual(
      durability.map(([name]) => name),
      ['fsync', 'full_page_writes', 'synchronous_commit'],
    )
  })
  await withDatabase(database, async (db) => {
    const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(db)
    const name = sql.id(rows[0]?.name ?? '')
    await sql`alter database ${name} set synchronous_commit = off`.execute(db)
  })
  await withDatabase(database, async (db) => {
    const { durability } = await inspectTables(db, 'postgres')
    assert.deepEqual(durability.at(-1), ['synchronous_commit', 'off', 'on'])
  })
})

test('[18.36] the statements of a migration are those of the database that it is for', async () => {
  const search = async (kind: 'sqlite' | 'postgres') =>
    (await statementsOf('0014-user-search', kind)).join()
  assert.match(await search('postgres'), /gin_trgm_ops/)
  assert.match(await search('sqlite'), /fts5/)
})

test('the statements of every migration can be read without a database', async () => {
  for (const kind of ['sqlite', 'postgres'] as const)
    for (const name of all) {
      const statements = await statementsOf(name, kind)
      const isForPostgres = kind === 'sqlite' && name === '0063-sessions-fill'
      assert.ok(statements.length > 0 || isForPostgres, name)
      for (const statement of statements)
        assert.match(statement, /^(create|alter|insert|update|drop|delete|do|analyze) /i, name)
    }
  const state = await withDatabase({ kind: 'sqlite', file: ':memory:' }, migrationState)
  assert.deepEqual(state.pending, all)
})
