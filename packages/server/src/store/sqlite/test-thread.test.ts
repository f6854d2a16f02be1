import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newUser } from '../../domain/users/user.ts'
import { createStore } from '../store.ts'
import { openTestThread } from './test-thread.ts'

const open = () => createStore({ kind: 'sqlite', file: ':memory:' }, { openThread: openTestThread })

test('a test finds nothing of an earlier one, which cannot write any more, not even in its last transaction', async () => {
  const earlier = await open()
  await earlier.users.add(newUser('u1', 'ada', 1), 'ada', 'hash')
  const begun = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<void>()
  const late = earlier.transaction(async (tx) => {
    await tx.users.add(newUser('u2', 'bob', 1), 'bob', 'hash')
    begun.resolve()
    await closed.promise
    await tx.users.add(newUser('u3', 'eve', 1), 'eve', 'hash')
  })
  await begun.promise
  await earlier.close()
  const next = await open()
  closed.resolve()
  await assert.rejects(late, { code: 'database_unusable' })
  assert.deepEqual(await next.users.list({ limit: 10 }), [])
  assert.deepEqual(await next.users.list({ limit: 10, search: 'ada' }), [])
  await next.close()
})
