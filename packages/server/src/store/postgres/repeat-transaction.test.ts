import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { Secret } from '../../domain/kernel/secret.ts'
import { newUser } from '../../domain/users/user.ts'
import { fail } from '../../failures.ts'
import { createRepeater, maxAttempts } from '../repeat-transaction.ts'
import { createStore } from '../store.ts'

const server = await startPostgres()
after(() => server?.stop())
const skip = server ? false : howToGetPostgres
const open = async (name: string) =>
  createStore({ kind: 'postgres', url: new Secret(String(await server?.url(name))), poolSize: 2 })

test(
  '[23.22] of two transactions that wait for one another, the one that PostgreSQL undoes is repeated',
  { skip },
  async () => {
    const store = await open('deadlock')
    for (const id of ['ada', 'bob']) await store.users.add(newUser(id, id, 1), id, 'x')
    const ready = Promise.withResolvers<void>()
    let runs = 0
    const meet = (first: string, second: string) =>
      store.transaction(async (tx) => {
        await tx.users.lock(first)
        if (++runs === 2) ready.resolve()
        await ready.promise // both have their first lock
        await tx.users.lock(second)
        return first
      })
    assert.deepEqual(await Promise.all([meet('ada', 'bob'), meet('bob', 'ada')]), ['ada', 'bob'])
    assert.ok(runs >= 3, 'PostgreSQL undid one, or both')
    await store.close()
  },
)

test(
  '[23.65] a transaction that PostgreSQL undoes at its COMMIT fails with the error that is to blame, also if it was caught',
  { skip },
  async () => {
    const store = await open('undone')
    await store.users.add(newUser('ada', 'ada', 1), 'ada', 'x')
    const caught = store.transaction(async (tx) => {
      await tx.users.add(newUser('bob', 'bob', 1), 'bob', 'x')
      await tx.users.add(newUser('ada', 'eve', 1), 'eve', 'x').catch(() => {})
    })
    await assert.rejects(caught, { code: 'database_unusable', message: /duplicate key/ })
    assert.equal(await store.users.find('bob'), undefined)
    await store.close()
  },
)

test(
  '[23.22] a transaction of which the COMMIT fails under SERIALIZABLE is repeated, and no answer stands for a change that is missing',
  { skip },
  async () => {
    const url = new Secret(String(await server?.url('skewed')))
    const store = await createStore({
      kind: 'postgres',
      url,
      poolSize: 8,
      isolation: 'serializable',
    })
    const ids = Array.from({ length: 60 }, (_, at) => `u${at}`)
    let runs = 0
    const add = (id: string) =>
      store.transaction(async (tx) => {
        runs++
        await tx.users.list({ limit: 100 }) // what the others write
        return tx.users.add(newUser(id, id, 1), id, 'x')
      })
    assert.deepEqual(new Set(await Promise.all(ids.map(add))), new Set([true]))
    assert.ok(runs > ids.length, 'none met another one')
    for (const id of ids) assert.ok(await store.users.find(id), id)
    await store.close()
  },
)

test('[23.64] a transaction that meets others again and again runs alone in the end, however many begin meanwhile', async () => {
  const repeat = createRepeater()
  const conflict = () =>
    fail('database_unusable', { facts: { outcome: 'not_applied', sqlState: '40001' } })
  let begun = 0
  const short = () =>
    repeat(async () => {
      begun++
      await setTimeout(1)
    })
  const long = repeat(async () => {
    const before = ++begun
    await setTimeout(20)
    if (begun > before) throw conflict() // as PostgreSQL undoes one of those that met
  })
  const ended = new AbortController()
  const others = Array.from({ length: 3 }, async () => {
    while (!ended.signal.aborted) await short()
  })
  await long.finally(() => ended.abort())
  await Promise.all(others)
})

test('[23.22] only a transaction that is known not to have been applied is repeated, and not for ever', async () => {
  type Facts = Readonly<Record<string, unknown>>
  /** Returns the number of runs of a transaction that fails with these facts, one after the other, and then with the last ones. */
  const runsUntil = async (...all: readonly Facts[]) => {
    let runs = 0
    const running = createRepeater()(async () => {
      const facts = all[runs] ?? all.at(-1) ?? {}
      runs++
      throw fail('database_unreachable', { facts })
    })
    await assert.rejects(running, { code: 'database_unreachable' })
    return runs
  }
  assert.equal(await runsUntil({ outcome: 'unknown' }), 1)
  assert.equal(await runsUntil({}), 1)
  assert.equal(await runsUntil({ outcome: 'not_applied' }), 3)
  const conflict = { outcome: 'not_applied', sqlState: '40001' }
  assert.equal(await runsUntil(conflict), maxAttempts)
  assert.equal(await runsUntil(conflict, conflict, conflict, { outcome: 'not_applied' }), 6)
  assert.equal(await runsUntil({ outcome: 'not_applied', sqlState: '0A000' }), maxAttempts)
})
