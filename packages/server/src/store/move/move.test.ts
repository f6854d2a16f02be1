import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { sql } from 'kysely'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { Secret } from '../../domain/kernel/secret.ts'
import { createStore, withDatabase, type Database } from '../store.ts'
import { findMove } from '../tables/moves.ts'
import { cancelMove, planMove } from './move-database.ts'
import { contentOf, move } from './move.fixture.ts'
import { movedTables, ownTables } from './moved-tables.ts'
import { tablesOf, writeSampleRows } from './sample-rows.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
const server = await startPostgres()
after(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true })
})

const sqlite = (name: string): Database => ({ kind: 'sqlite', file: join(folder, `${name}.db`) })
const postgres = async (name: string): Promise<Database> => ({
  kind: 'postgres',
  url: new Secret((await server?.url(name)) ?? ''),
  poolSize: 2,
})
const migrated = async (database: Database) => {
  await (await createStore(database)).close()
  return database
}
const countTables = (database: Database) =>
  withDatabase(database, async (db) => {
    const { rows } = await sql`select 1 from pg_tables where schemaname = 'public'`.execute(db)
    return rows.length
  })
const opened = async (database: Database) => (await createStore(database)).close()

const kinds = [
  ['SQLite', async (name: string) => sqlite(name)],
  ['PostgreSQL', postgres],
] as const

for (const [name, locate] of kinds)
  suite(
    `a move from ${name}`,
    { skip: name === 'PostgreSQL' && !server && howToGetPostgres },
    () => {
      test('knows every table, with its key and its foreign keys, and copies only text and whole numbers', async () => {
        await withDatabase(await migrated(await locate('tables')), async (db) => {
          const tables = await tablesOf(db)
          const known = [...movedTables.map((one) => one.name), ...ownTables]
          assert.deepEqual(tables.map((one) => one.name).toSorted(), known.toSorted())
          for (const { name: table, key, parent } of movedTables) {
            const found = tables.find((one) => one.name === table)
            assert.deepEqual(found?.primaryKey, key.split(' '), table)
            assert.deepEqual(found?.parents, parent ? [[parent.column, parent.table]] : [], table)
            for (const { type } of found?.columns ?? [])
              assert.match(type, /^(text|bigint)$/i, table)
          }
        })
      })

      test('refuses every change of a frozen table, and none that changes nothing', async () => {
        const source = await migrated(await locate('frozen'))
        await withDatabase(source, writeSampleRows)
        await withDatabase(source, async (db) => {
          const stop = new Error('stop here')
          await assert.rejects(
            move(source, sqlite(`frozen-${name}-target`), (progress) => {
              if ('step' in progress && progress.step === 'frozen') throw stop
            }),
            stop,
          )
          for (const { name: table, key } of movedTables) {
            const [of, column] = [sql.table(table), sql.ref(key.split(' ')[0] ?? '')]
            for (const change of [
              sql`update ${of} set ${column} = ${column}`,
              sql`delete from ${of}`,
              sql`insert into ${of} select * from ${of}`,
            ])
              await assert.rejects(change.execute(db), { code: 'database_moving' }, table)
            await sql`update ${of} set ${column} = ${column} where 1 = 0`.execute(db)
          }
          assert.equal(await cancelMove(db), true)
          for (const { name: table } of movedTables.toReversed())
            await sql`delete from ${sql.table(table)}`.execute(db)
        })
      })
    },
  )

suite('a move', { skip: server ? false : howToGetPostgres }, () => {
  test('to PostgreSQL and back arrives row by row', async () => {
    const first = await migrated(sqlite('first'))
    await withDatabase(first, writeSampleRows)
    const before = await contentOf(first)
    for (const { name } of movedTables) assert.ok(before[name]?.length, name)
    const second = await postgres('second')
    const rows = await move(first, second)
    assert.deepEqual(await contentOf(second), before)
    assert.equal(rows['users'], before['users']?.length)
    const third = sqlite('third')
    await move(second, third)
    assert.deepEqual(await contentOf(third), before)
    await opened(third)
  })

  test('[24.33] leaves a source that no server and no command opens, and that no move leaves again', async () => {
    const [source, target] = [await migrated(sqlite('left')), await postgres('left')]
    const running = await createStore(source)
    await move(source, target, async (progress) => {
      if (!('step' in progress) || progress.step === 'opened') return
      await assert.rejects(opened(target), { code: 'move_unfinished' })
      if (progress.step === 'moved') return
      await running.ping()
      assert.equal(await running.isMoved(), false)
    })
    await assert.rejects(running.ping(), { code: 'database_unusable' })
    assert.equal(await running.isMoved(), true)
    await assert.rejects(running.limits.put('key', { count: 1, until: 1 }), {
      code: 'database_moving',
    })
    await running.close()
    await assert.rejects(opened(source), { code: 'database_moved' })
    await assert.rejects(move(source, sqlite('left-again')), { code: 'database_moved' })
    await withDatabase(source, (db) => assert.rejects(cancelMove(db), { code: 'database_moved' }))
    await opened(target)
  })

  test('refuses a target that is in use, and leaves both as they were', async () => {
    const [source, target] = [
      await migrated(sqlite('intact')),
      await migrated(await postgres('used')),
    ]
    await withDatabase(target, writeSampleRows)
    const before = await contentOf(target)
    await assert.rejects(move(source, target), { code: 'move_target_not_empty' })
    assert.deepEqual(await contentOf(target), before)
    await opened(source)
    await opened(target)
    await assert.rejects(move(source, source), { code: 'move_target_not_empty' })
    await opened(source)
  })

  test('refuses a source of another version', async () => {
    const [source, target] = [await migrated(sqlite('old')), await postgres('old')]
    await withDatabase(source, async (db) => {
      const last = sql`select max(name) from kysely_migration`
      await sql`create table undone as select * from kysely_migration where name = (${last})`.execute(
        db,
      )
      await sql`delete from kysely_migration where name = (${last})`.execute(db)
      await assert.rejects(move(source, target), { code: 'migrations_pending' })
      await sql`insert into kysely_migration select * from undone`.execute(db)
      await sql`insert into kysely_migration values ('9999-newer', '2026')`.execute(db)
    })
    await assert.rejects(move(source, target), { code: 'move_version_differs' })
    assert.equal(await countTables(target), 0)
  })

  test('that is refused because of its source makes no tables in the target', async () => {
    const [source, target] = [await migrated(sqlite('gone')), await postgres('kept-empty')]
    await move(source, await postgres('gone'))
    await assert.rejects(move(source, target), { code: 'database_moved' })
    await assert.rejects(move(sqlite('never-used'), target), { code: 'database_missing' })
    await assert.rejects(move(target, target), { code: 'database_missing' })
    assert.equal(await countTables(target), 0)
  })

  test('goes to one target only, and is cancelled before it is complete', async () => {
    const [source, target] = [await migrated(sqlite('one')), await postgres('one')]
    const stop = new Error('stop here')
    const stopped = move(source, target, (progress) => {
      if ('step' in progress && progress.step === 'compared') throw stop
    })
    await assert.rejects(stopped, stop)
    await assert.rejects(move(source, await postgres('another')), { code: 'move_under_way' })
    await withDatabase(source, (db) => cancelMove(db))
    await assert.rejects(opened(target), { code: 'move_unfinished' })
    await assert.rejects(move(source, target), { code: 'move_target_not_empty' })
    await opened(source)
  })

  test('that another process takes over writes nothing more', async () => {
    const [source, target] = [await migrated(sqlite('taken')), await postgres('taken')]
    await withDatabase(source, writeSampleRows)
    const first = move(source, target, async (progress) => {
      if ('step' in progress && progress.step === 'prepared') await move(source, target)
    })
    await assert.rejects(first, { code: 'move_under_way' })
    await opened(target)
    assert.deepEqual(await contentOf(target), await contentOf(source))
  })

  test('is planned without a change of either database', async () => {
    const [source, target] = [await migrated(sqlite('planned')), await postgres('planned')]
    await withDatabase(source, writeSampleRows)
    await withDatabase(source, (from) =>
      withDatabase(target, async (to) => {
        assert.equal((await planMove(from, to))['users'], 3)
        assert.equal(await countTables(target), 0)
        assert.equal(await findMove(from), undefined)
      }),
    )
    await opened(source)
  })
})
