import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratch } from '@countersign/testing/files'
import { newUser } from '../../domain/users/user.ts'
import { createStore } from '../store.ts'
import { CommittedReads } from './committed-reads.ts'
import { SqliteThread } from './sqlite-thread.ts'

test('a read waits for no transaction, sees what is committed, and is read-only', async () => {
  using folder = scratch()
  const store = await createStore({ kind: 'sqlite', file: join(folder.path, 'a.db') })
  const add = (id: string) => [newUser(id, id, 1), id, 'x'] as const
  await store.users.add(...add('before'))
  assert.ok(await store.users.find('before'), 'what was written before')
  const gate = Promise.withResolvers<void>()
  const started = Promise.withResolvers<void>()
  const open = store.transaction(async (tx) => {
    await tx.users.add(...add('inside'))
    started.resolve()
    await gate.promise
    assert.ok(await tx.users.find('inside'))
  })
  await started.promise
  const reads = ['before', 'inside'].map((id) => store.users.find(id))
  const [before, inside] = await Promise.all(reads)
  assert.equal(before?.id, 'before')
  assert.equal(inside, undefined)
  gate.resolve()
  await open
  assert.ok(await store.users.find('inside'))
  await store.close()
})

test('a read that fails fails alone', async () => {
  using folder = scratch()
  const file = join(folder.path, 'a.db')
  const thread = new SqliteThread(file)
  await thread.run('create table t (n int)')
  const reads = new CommittedReads(thread)
  const results = await Promise.allSettled(
    ['select n from t', 'select n from nowhere', 'insert into t values (1)'].map((sql) =>
      reads.run({ sql, parameters: [] }),
    ),
  )
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected'],
  )
  assert.deepEqual((await reads.run({ sql: 'select count(*) as n from t', parameters: [] })).rows, [
    { n: 0 },
  ])
  await thread.close()
})
