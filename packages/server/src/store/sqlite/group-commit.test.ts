import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GroupCommit } from './group-commit.ts'
import { SqliteThread, type BatchCommit, type SqliteStatement } from './sqlite-thread.ts'

/** Real SQLite in memory, with every statement written down; those that match `broken` fail. */
function database() {
  const thread = new SqliteThread(':memory:')
  const statements: string[] = []
  const state: { broken: RegExp | undefined } = { broken: undefined }
  const run = async (sql: string) => {
    statements.push(sql)
    if (state.broken?.test(sql)) throw new Error('the disk is gone')
    return thread.run(sql)
  }
  const batch = async (batched: readonly SqliteStatement[], commit: BatchCommit) => {
    statements.push(`${commit}: ${batched.map(({ sql }) => sql).join('; ')}`)
    if (!state.broken?.test('commit')) return thread.batch(batched, commit)
    if (commit === 'each' || commit === 'within') return thread.batch(batched, commit)
    if (commit === 'within-commit') await thread.run('rollback') // as the thread does after a commit that failed
    throw new Error('the disk is gone')
  }
  const turns = new GroupCommit({ run, batch })
  const transaction = async (...work: readonly string[]) => {
    await turns.begin()
    try {
      for (const sql of work) await run(sql)
    } catch (error) {
      await turns.rollback()
      throw error
    }
    await turns.commit()
  }
  const single = async (sql: string) =>
    (await turns.single({ sql, parameters: [] }, !sql.startsWith('select'))).rows
  return { statements, state, run, transaction, single, close: () => thread.close() }
}

const statusOf = (results: readonly PromiseSettledResult<unknown>[]) =>
  results.map((one) => one.status)

test('transactions and statements that wait together share one commit', async () => {
  const { statements, run, transaction, single, close } = database()
  await run('create table t (n int)')
  statements.length = 0
  await Promise.all([
    transaction('insert into t values (1)'),
    transaction('insert into t values (2)'),
    single('insert into t values (3)'),
  ])
  assert.deepEqual(statements, [
    'begin immediate',
    'insert into t values (1)',
    'savepoint member',
    'insert into t values (2)',
    'release member',
    'within-commit: insert into t values (3)',
  ])
  assert.equal((await single('select n from t')).length, 3)
  await close()
})

test('a single transaction costs only its own begin and commit', async () => {
  const { statements, run, transaction, single, close } = database()
  await run('create table t (n int)')
  statements.length = 0
  await transaction('insert into t values (1)')
  await single('insert into t values (2)')
  assert.deepEqual(statements, [
    'begin immediate',
    'insert into t values (1)',
    'commit',
    'each: insert into t values (2)',
  ])
  await close()
})

test('statements that wait together make one batch and share one commit; reads do not wait for it', async () => {
  const { statements, run, single, close } = database()
  await run('create table t (n int primary key)')
  statements.length = 0
  const results = await Promise.allSettled([
    single('select 0'), // makes the others wait
    single('insert into t values (1)'),
    single('select n from t'),
    single('insert into t values (1)'), // there is one already: fails alone
    single('insert into t values (2)'),
  ])
  assert.deepEqual(statements, [
    'each: select 0',
    'each: select n from t',
    'transaction: insert into t values (1); insert into t values (1); insert into t values (2)',
  ])
  const expected = ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled']
  assert.deepEqual(statusOf(results), expected)
  assert.deepEqual(await single('select count(*) as n from t'), [{ n: 2 }])
  await close()
})

test('statements between transactions are committed or rolled back with them', async () => {
  const { state, run, transaction, single, close } = database()
  await run('create table t (n int)')
  const all = () => [
    transaction('insert into t values (1)'),
    single('insert into t values (2)'),
    single('select n from t'),
    transaction('insert into t values (3)'),
    single('insert into t values (4)'),
    single('insert into t values (5)'),
  ]
  state.broken = /^commit$/
  assert.ok((await Promise.allSettled(all())).every(({ status }) => status === 'rejected'))
  state.broken = undefined
  assert.deepEqual(await single('select n from t'), [])
  await Promise.all(all())
  assert.equal((await single('select n from t')).length, 5)
  await close()
})

test('a failed commit fails for all statements that share it', async () => {
  const { state, run, single, close } = database()
  await run('create table t (n int)')
  state.broken = /^commit$/
  const look = single('select 0')
  const shared = [1, 2, 3].map((n) => single(`insert into t values (${n})`))
  assert.deepEqual(statusOf(await Promise.allSettled(shared)), ['rejected', 'rejected', 'rejected'])
  await look
  state.broken = undefined
  assert.deepEqual(await single('select n from t'), [])
  await close()
})

test('a read of uncommitted changes resolves after their commit, and fails if it fails', async () => {
  const { state, run, transaction, single, close } = database()
  await run('create table t (n int)')
  state.broken = /^commit$/
  const looked = [transaction('insert into t values (1)'), single('select n from t')]
  assert.deepEqual(statusOf(await Promise.allSettled(looked)), ['rejected', 'rejected'])
  state.broken = undefined
  assert.deepEqual(await single('select n from t'), [])
  await close()
})

test('a failed commit fails for its whole group, and the next transaction starts a new one', async () => {
  const { state, run, transaction, single, close } = database()
  await run('create table t (n int)')
  state.broken = /^commit$/
  const shared = [1, 2, 3].map((n) => transaction(`insert into t values (${n})`))
  assert.deepEqual(statusOf(await Promise.allSettled(shared)), ['rejected', 'rejected', 'rejected'])
  state.broken = undefined
  await transaction('insert into t values (4)')
  assert.equal((await single('select n from t')).length, 1)
  await close()
})

test('on a full disk, statements of a group fail or succeed as they were stored', async () => {
  const { run, single, close } = database()
  await run('create table t (n int, text blob)')
  await run('pragma max_page_count = 8')
  const results = await Promise.allSettled([
    single('select 0'),
    single('insert into t values (1, null)'),
    single('insert into t values (2, zeroblob(100000))'),
    single('insert into t values (3, null)'),
  ])
  const there = (
    (await single('select n from t order by n')) as readonly { readonly n: number }[]
  ).map(({ n }) => n)
  assert.deepEqual(
    there,
    [1, 2, 3].filter((n) => results[n]?.status === 'fulfilled'),
  )
  await single('insert into t values (4, null)')
  await close()
})

test('on a full disk, transactions fail or succeed as they were stored', async () => {
  const { run, transaction, single, close } = database()
  await run('create table t (n int, text blob)')
  await run('pragma max_page_count = 8')
  const results = await Promise.allSettled([
    transaction('insert into t values (1, null)'),
    transaction('insert into t values (2, zeroblob(100000))', 'insert into t values (3, null)'),
    transaction('insert into t values (4, null)'),
  ])
  const there = (
    (await single('select n from t order by n')) as readonly { readonly n: number }[]
  ).map(({ n }) => n)
  const promised = [1, 2, 4].filter((_, at) => results[at]?.status === 'fulfilled')
  assert.deepEqual(there, promised)
  assert.ok(promised.includes(4), 'and later transactions can write')
  await close()
})
