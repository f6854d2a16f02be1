import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import type { StoreChange } from '../domain/store.ts'
import { createAnnouncer } from './status-notifier.ts'
import type { Schema } from './tables/schema.ts'

const db = new Kysely<Schema>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (one) => new SqliteIntrospector(one),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
})

/** An announcer, and the notifications that it has sent; the first `failing` of them fail. */
function given({ failing = 0 } = {}) {
  const sent: StoreChange[][] = []
  const announcer = createAnnouncer(
    {
      async announce(_, changes) {
        sent.push([...changes])
        if (sent.length <= failing) throw new Error('no connection')
      },
      listen: async () => async () => {},
    },
    db,
  )
  return { sent, announcer }
}

test('the first notification is sent at once, and those of a burst together', async () => {
  const { sent, announcer } = given()
  await announcer.announce(new Set(['statuses']))
  assert.deepEqual(sent, [['statuses']])
  const burst = Array.from({ length: 100 }, () => announcer.announce(new Set(['statuses', 'keys'])))
  assert.equal(sent.length, 1)
  await Promise.all(burst)
  assert.deepEqual(sent, [['statuses'], ['statuses', 'keys']])
})

test('nothing is sent of a commit that changed neither statuses nor keys', async () => {
  const { sent, announcer } = given()
  await announcer.announce(new Set())
  assert.deepEqual(sent, [])
  await announcer.announce(new Set(['keys']))
  assert.deepEqual(sent, [['keys']])
})

test('a notification that fails ends neither the process nor those after it', async () => {
  const { sent, announcer } = given({ failing: 1 })
  await announcer.announce(new Set(['statuses']))
  await announcer.announce(new Set(['keys']))
  assert.deepEqual(sent, [['statuses'], ['keys']])
})
