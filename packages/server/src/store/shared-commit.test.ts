import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SharedCommit } from './shared-commit.ts'
import { SqliteThread } from './sqlite-thread.ts'

/** Real SQLite in memory, with every statement written down; those that match `broken` fail. */
function database() {
  const thread = new SqliteThread(':memory:')
  const statements: string[] = []
  const state: { broken: RegExp | undefined } = { broken: undefined }
  const run = async (sql: string) => {
    statements.push(sql)
    if (state.broken?.test(sql)) throw new Error('the disk is gone')
    return (await thread.run(sql)).rows
  }
  const turns = new SharedCommit(run)
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
  const single = (sql: string) => turns.single(() => run(sql), !sql.startsWith('select'))
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
  assert.deepEqual(
    statements.filter((sql) => !sql.includes('insert')),
    [
      'begin immediate',
      'savepoint member',
      'release member',
      'savepoint member',
      'release member',
      'commit',
    ],
  )
  assert.equal(((await single('select n from t')) as readonly unknown[]).length, 3)
  await close()
})

test('one alone costs no more than its own begin and commit', async () => {
  const { statements, run, transaction, single, close } = database()
  await run('create table t (n int)')
  statements.length = 0
  await transaction('insert into t values (1)')
  await single('insert into t values (2)')
  assert.deepEqual(statements, [
    'begin immediate',
    'insert into t values (1)',
    'commit',
    'insert into t values (2)',
  ])
  await close()
})

test('a look that meets uncommitted changes is answered after their commit, and not at all when that fails', async () => {
  const { state, run, transaction, single, close } = database()
  await run('create table t (n int)')
  state.broken = /^commit$/
  const looked = [transaction('insert into t values (1)'), single('select n from t')]
  assert.deepEqual(statusOf(await Promise.allSettled(looked)), ['rejected', 'rejected'])
  state.broken = undefined
  assert.deepEqual(await single('select n from t'), [])
  await close()
})

test('a commit that fails fails for all who share it, and the next transaction begins anew', async () => {
  const { state, run, transaction, single, close } = database()
  await run('create table t (n int)')
  state.broken = /^commit$/
  const shared = [1, 2, 3].map((n) => transaction(`insert into t values (${n})`))
  assert.deepEqual(statusOf(await Promise.allSettled(shared)), ['rejected', 'rejected', 'rejected'])
  state.broken = undefined
  await transaction('insert into t values (4)')
  assert.equal(((await single('select n from t')) as readonly unknown[]).length, 1)
  await close()
})

test('on a full disk everybody hears the truth', async () => {
  const { run, transaction, single, close } = database()
  await run('create table t (n int, text blob)')
  await run('pragma max_page_count = 8')
  const results = await Promise.allSettled([
    transaction('insert into t values (1, null)'),
    transaction('insert into t values (2, zeroblob(100000))', 'insert into t values (3, null)'),
    transaction('insert into t values (4, null)'),
  ])
  const there = ((await single('select n from t order by n')) as readonly { n: number }[]).map(
    ({ n }) => n,
  )
  const promised = [1, 2, 4].filter((_, at) => results[at]?.status === 'fulfilled')
  assert.deepEqual(there, promised)
  assert.ok(promised.includes(4), 'and whoever comes after it can write')
  await close()
})
