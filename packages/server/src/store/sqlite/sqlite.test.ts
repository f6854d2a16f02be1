import assert from 'node:assert/strict'
import { Kysely } from 'kysely'
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { newUser } from '../../domain/users/user.ts'
import { recycle, type Locate } from '../contracts/handles.fixture.ts'
import { Migrator } from 'kysely/migration'
import { migrations } from '../migrations/migrations.ts'
import { userSearch } from '../migrations/0014-user-search.ts'
import { everyContract } from '../contracts/every-contract.fixture.ts'
import { createStore, type Database } from '../store.ts'
import { sqliteDialect } from './sqlite.ts'
import { filledTables } from './test-thread.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
after(() => rmSync(folder, { recursive: true }))

const template = join(folder, 'template.db')
await (await createStore({ kind: 'sqlite', file: template })).close()
const make: Locate = async (database, content) => {
  const file = join(folder, `${database}.db`)
  if (content !== 'nothing' && !existsSync(file)) copyFileSync(template, file)
  return { kind: 'sqlite', file }
}
const locate = recycle(make, empty)
after(() => locate[Symbol.asyncDispose]())

/** Deletes every row; triggers keep the index of the search. */
async function empty(database: Database): Promise<void> {
  assert.ok(database.kind === 'sqlite')
  const db = new DatabaseSync(database.file, { enableForeignKeyConstraints: false })
  for (const { name } of db.prepare(filledTables).all()) db.exec(`delete from "${name}"`)
  db.close()
}

everyContract('SQLite', locate, 1)

test('a previous version starts on a database that a newer one has migrated, so that a downgrade works', async () => {
  const file = join(folder, 'newer.db')
  await (await createStore({ kind: 'sqlite', file })).close()
  const newer = new DatabaseSync(file)
  newer.exec("insert into kysely_migration values ('9999-of-a-newer-version', '2030-01-01')")
  newer.close()
  const store = await createStore({ kind: 'sqlite', file })
  assert.ok(await store.users.add(newUser('u', 'u', 1), 'u', 'hash'))
  await store.close()
})

test('[18.26] users who were there before the index of the search are in it', async () => {
  const file = join(folder, 'before-search.db')
  const before = await createStore({ kind: 'sqlite', file })
  for (let at = 0; at < 9; at++) {
    const user = { ...newUser(`u${at}`, `Ada${at}`, at % 3), email: `a${at}@example.com` }
    await before.users.add(user, `ada${at}`, 'hash')
  }
  await before.close()
  const older = new DatabaseSync(file)
  older.exec(`drop trigger user_search_insert; drop trigger user_search_update;
    drop trigger user_search_delete; drop table user_trigrams; drop table user_search`)
  older.close()
  const migrating = new Kysely<never>({ dialect: sqliteDialect(file) })
  await userSearch.up(migrating)
  await migrating.destroy()
  const store = await createStore({ kind: 'sqlite', file })
  assert.ok(await store.users.add(newUser('u9', 'ada9', 2), 'ada9', 'hash'))
  const found = await store.users.list({ limit: 20, search: 'da' })
  assert.deepEqual(
    found.map(({ createdAt }) => createdAt),
    [2, 2, 2, 2, 1, 1, 1, 0, 0, 0],
  )
  assert.equal(found[0]?.id, 'u9')
  assert.equal((await store.users.list({ limit: 20, search: '@example' })).length, 9)
  await store.close()
})

test('sessions that were there before the migration of their kinds are sign-ins, with their indexes', async () => {
  const file = join(folder, 'before-kinds.db')
  const db = new Kysely<never>({ dialect: sqliteDialect(file) })
  const provider = { getMigrations: () => Promise.resolve({ ...migrations }) }
  const { error } = await new Migrator({ db, provider }).migrateTo('0031-clients')
  assert.equal(error, undefined)
  await db.destroy()
  const older = new DatabaseSync(file)
  older.exec(`insert into users (id, name, name_folded, password_hash, created_at, roles) values ('u', 'u', 'u', 'hash', 1, '');
    insert into sessions (id, user_id, handle_hash, secret_hash, used, created_at, last_used_at, authenticated_at, amr, idle_expires_at, expires_at)
      values ('s', 'u', 'h', 'x', '[]', 1, 1, 1, 'pwd', 9, 9)`)
  await (await createStore({ kind: 'sqlite', file })).close()
  assert.deepEqual(indexesOf(older), indexesOf(new DatabaseSync(template)))
  older.close()
  const store = await createStore({ kind: 'sqlite', file })
  assert.deepEqual(
    (await store.sessions.listAlive('u', 2)).map(({ id, grant }) => [id, grant]),
    [['s', null]],
  )
  await store.users.delete('u')
  assert.equal(await store.sessions.find('s'), undefined)
  await store.close()
})

function indexesOf(database: DatabaseSync): readonly unknown[] {
  const indexes = database.prepare(
    "select name from sqlite_master where type = 'index' and tbl_name = 'sessions' and sql is not null order by name",
  )
  return indexes.all().map(({ name }) => name)
}

test('opening a new file waits while another process prepares it', async () => {
  const file = join(folder, 'prepared.db')
  using other = new DatabaseSync(file)
  other.exec('begin immediate') // the lock that is held on the way to write-ahead logging
  const opening = createStore({ kind: 'sqlite', file })
  assert.equal(await Promise.race([opening.then(() => 'open'), setTimeout(500, 'waits')]), 'waits')
  other.exec('rollback')
  await (await opening).close()
})

test('a file that is no database is said to be unusable', async () => {
  const file = join(folder, 'junk.db')
  writeFileSync(file, 'this is no database, and long enough to be taken for one'.repeat(100))
  await assert.rejects(createStore({ kind: 'sqlite', file }), { code: 'database_unusable' })
})

test('a place that cannot be written is said to be unusable', async () => {
  await assert.rejects(createStore({ kind: 'sqlite', file: '/dev/null/x.db' }), {
    code: 'database_unusable',
  })
})
