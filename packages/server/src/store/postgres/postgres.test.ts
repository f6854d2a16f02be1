import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { after, suite, test } from 'node:test'
import { inspect } from 'node:util'
import { Client } from 'pg'
import { Secret } from '../../domain/kernel/secret.ts'
import type { Store } from '../../domain/store.ts'
import { newUser } from '../../domain/users/user.ts'
import { howToGetPostgres, plantedPassword, startPostgres } from '@countersign/testing/postgres'
import type { OwnPostgresServer } from '@countersign/testing/postgres'
import { poolSize, recycle, type Locate } from '../contracts/handles.fixture.ts'
import { createSearchIndex } from '../migrations/0014-user-search.ts'
import { everyContract } from '../contracts/every-contract.fixture.ts'
import { createStore } from '../store.ts'
import { emptyTables } from './empty-tables.fixture.ts'

const server = await startPostgres({ own: true })
after(() => server?.stop())

if (server) {
  const connectTimeout = 60_000 // a race makes more calls than a busy machine can serve in the five seconds of production
  const at = (url: string) =>
    ({ kind: 'postgres', url: new Secret(url), poolSize, connectTimeout }) as const
  await (await createStore(at(await server.url('template')))).close()
  const make: Locate = async (database, content) =>
    at(await server.url(database, content === 'nothing' ? undefined : 'template'))
  const locate = recycle(make, emptyTables)
  after(() => locate[Symbol.asyncDispose]())
  everyContract('PostgreSQL', locate, 3)
  suite('a store on PostgreSQL', () => stories(server))
} else {
  test('the store contract: PostgreSQL', (t) => t.skip(howToGetPostgres))
}

function stories({ url, killAndRestart }: OwnPostgresServer) {
  const open = (text: string, size = poolSize) =>
    createStore({ kind: 'postgres', url: new Secret(text), poolSize: size })
  const user = (id: string) => newUser(id, id, 1)
  const pings = (store: Store, count: number) =>
    Promise.all(Array.from({ length: count }, () => store.ping()))

  /** Another connection to the same database, such as its administrator's. */
  async function administrator(database: string) {
    const client = new Client(await url(database))
    await client.connect()
    return {
      sql: async (text: string) => (await client.query(text)).rows as readonly unknown[],
      [Symbol.asyncDispose]: () => client.end(),
    }
  }
  const ours =
    "from pg_stat_activity where application_name = 'countersign' and datname = current_database()"

  /** Terminates every connection of the store, and waits until its sockets are closed. */
  async function cutAll(other: Awaited<ReturnType<typeof administrator>>) {
    const cut = await other.sql(`select pid, pg_terminate_backend(pid) ${ours}`)
    const lives = ({ pid }: { readonly pid: number }) => existsSync(`/proc/${pid}`)
    while ((cut as readonly { readonly pid: number }[]).some(lives)) await setTimeout(5)
    await setTimeout(100) // some iterations of the event loop, which read the sockets
  }

  test('as many calls at once as the pool holds open all of its connections, and no more', async () => {
    await using other = await administrator('pool')
    const store = await open(await url('pool'), 5)
    await pings(store, 5)
    assert.deepEqual(await other.sql(`select count(*)::int ${ours}`), [{ count: 5 }])
    await pings(store, 50)
    assert.deepEqual(await other.sql(`select count(*)::int ${ours}`), [{ count: 5 }])
    await store.close()
    for (let left = 1; left > 0;)
      [{ left }] = (await other.sql(`select count(*)::int as left ${ours}`)) as [{ left: number }]
  })

  test('no server, a wrong password and an unknown database give different failures, and none shows the password', async () => {
    const good = await url('told')
    const cases = [
      [good.replace(/:\d+\/told/, ':1/told'), 'database_unreachable'],
      [good.replace('127.0.0.1', 'nowhere.invalid'), 'database_unreachable'],
      [good.replace(plantedPassword, `${plantedPassword}-wrong`), 'database_unusable'],
      [good.replace(`:${plantedPassword}`, ''), 'database_unusable'],
      [good.replace('/told', '/untold'), 'database_unusable'],
      [`${good}?sslmode=verify-full`, 'database_unreachable'],
      [`${good}?sslrootcert=/nowhere`, 'database_unreachable'],
    ] as const
    for (const [text, code] of cases) {
      await assert.rejects(open(text), (error: Error & { readonly code: string }) => {
        assert.equal(error.code, code, text)
        const shown = inspect(error, { depth: 20, showHidden: true, getters: true }) + error.stack
        assert.doesNotMatch(shown, new RegExp(plantedPassword))
        return true
      })
    }
    const store = await open(good)
    assert.doesNotMatch(
      inspect(store, { depth: 20, showHidden: true }),
      new RegExp(plantedPassword),
    )
    await store.close()
  })

  test('connections that are cut while idle are replaced, and the process lives on', async () => {
    await using other = await administrator('cut')
    const store = await open(await url('cut'))
    await pings(store, poolSize)
    await cutAll(other)
    await pings(store, poolSize)
    await store.close()
  })

  test('a connection that is cut in a transaction undoes it, and only it', async () => {
    await using other = await administrator('torn')
    const store = await open(await url('torn'))
    const torn = store.transaction(async (tx) => {
      await tx.users.add(user('torn'), 'torn', 'x')
      await cutAll(other) // between two statements, when none awaits a response
      await tx.users.find('torn')
    })
    await assert.rejects(torn, { code: 'database_unreachable' })
    assert.equal(await store.users.find('torn'), undefined)
    await store.close()
  })

  test('a transaction that waits too long for a lock fails, and the holder of the lock goes on', async () => {
    const holder = await open(await url('slow'))
    const waiter = await open(`${await url('slow')}?statement_timeout=1500`)
    await holder.transaction(async (tx) => {
      await tx.lock('signing_keys')
      await assert.rejects(
        waiter.transaction((other) => other.lock('signing_keys')),
        { code: 'database_unusable' },
      )
      await tx.users.add(user('slow'), 'slow', 'x')
    })
    assert.ok(await waiter.users.find('slow'))
    await Promise.all([holder.close(), waiter.close()])
  })

  test('a stricter isolation that the database has by default does not hide what the last holder of a lock wrote', async () => {
    await using other = await administrator('strict')
    await other.sql("alter database strict set default_transaction_isolation = 'repeatable read'")
    const store = await open(await url('strict'))
    await pings(store, poolSize)
    const adds = Array.from({ length: 24 }, (_, at) =>
      store.transaction(async (tx) => {
        await tx.lock('signing_keys')
        if (await tx.users.find('one')) return false
        return tx.users.add(user('one'), `name ${at}`, 'x')
      }),
    )
    assert.equal((await Promise.all(adds)).filter(Boolean).length, 1)
    await store.close()
  })

  test('[18.26] where the role may not create pg_trgm, the search works without an index, until an administrator makes it', async () => {
    await using other = await administrator('lean')
    await other.sql("create role plain login password 'plain'")
    await other.sql('grant usage, create on schema public to plain')
    const plain = Object.assign(new URL(await url('lean')), {
      username: 'plain',
      password: 'plain',
    })
    const store = await open(plain.href)
    const indexes = () => other.sql("select 1 from pg_indexes where indexname = 'users_search'")
    assert.deepEqual(await indexes(), [])
    await store.users.add({ ...user('ada'), email: 'ada@example.com' }, 'ada', 'x')
    const find = async () => (await store.users.list({ limit: 5, search: 'a@exa' })).length
    assert.equal(await find(), 1)
    await other.sql('create extension pg_trgm')
    await other.sql(createSearchIndex)
    assert.equal(await find(), 1)
    await store.close()
  })

  test('text that PostgreSQL cannot hold is refused without being quoted', async () => {
    const store = await open(await url('text'))
    await assert.rejects(store.users.add(user('nul \0'), 'canary \0', 'x'), (error: Error) => {
      assert.doesNotMatch(inspect(error, { depth: 20, showHidden: true }), /canary/)
      return (error as Error & { readonly code: string }).code === 'database_unusable'
    })
    await store.close()
  })

  test('while the server is away every call fails with one code, and none hangs; then all goes on', async () => {
    {
      await using other = await administrator('away')
      await other.sql('checkpoint') // or the restart replays the databases of every other suite
    }
    const store = await open(await url('away'))
    await pings(store, poolSize)
    const away = new AbortController()
    const restarted = killAndRestart().finally(() => away.abort())
    const codes = new Set<unknown>()
    while (!away.signal.aborted) {
      await store.ping().catch((error: { readonly code: string }) => codes.add(error.code))
      await setTimeout(25) // a failed attempt costs the processor a millisecond or two
    }
    await restarted
    assert.deepEqual([...codes], ['database_unreachable'])
    await store.ping()
    await store.close()
  })
}
