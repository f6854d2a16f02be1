import assert from 'node:assert/strict'
import { test } from 'node:test'
import { join } from 'node:path'
import { scratch } from '@countersign/testing/files'
import { newUser } from '../../domain/users/user.ts'
import { withDatabase, createStore } from '../store.ts'
import { compileOnce, type Value } from './compile-once.ts'

const findUser = compileOnce((db, value: Value<{ id: string; name: string }>) =>
  db
    .selectFrom('users')
    .select('id')
    .where('name', '=', value('name'))
    .where('id', '=', value('id')),
)

test('a compiled statement gets the values of each run', async () => {
  using folder = scratch()
  const database = { kind: 'sqlite', file: join(folder.path, 'a.db') } as const
  const store = await createStore(database)
  for (const id of ['ada', 'bob']) await store.users.add(newUser(id, id, 1), id, 'x')
  await store.close()
  await withDatabase(database, async (db) => {
    const find = async (id: string, name: string) => (await findUser(db, { id, name })).rows
    assert.deepEqual(await find('ada', 'ada'), [{ id: 'ada' }])
    assert.deepEqual(await find('bob', 'bob'), [{ id: 'bob' }])
    assert.deepEqual(await find('ada', 'bob'), [])
  })
})

test('a compiled statement is refused on the outer store inside a transaction', async () => {
  const store = await createStore({ kind: 'sqlite', file: ':memory:' })
  await store.transaction(async (tx) => {
    assert.equal(await tx.sessions.findByHandle('x'), undefined)
    await assert.rejects(store.sessions.findByHandle('x'), /inside a transaction/)
  })
  await store.close()
})
