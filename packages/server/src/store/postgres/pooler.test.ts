// PgBouncer in transaction mode, as Debian ships it: each transaction may run in another session of PostgreSQL.
import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { sql } from 'kysely'
import { howToGetPgBouncer, startPgBouncer, type PgBouncer } from '@countersign/testing/pgbouncer'
import { howToGetPostgres, startPostgres, type PostgresServer } from '@countersign/testing/postgres'
import { formOf } from '@countersign/testing/proofs'
import { Secret } from '../../domain/kernel/secret.ts'
import { everyContract } from '../contracts/every-contract.fixture.ts'
import { poolSize, recycle } from '../contracts/handles.fixture.ts'
import { keysContract } from '../contracts/keys.contract.ts'
import { sessionsContract } from '../contracts/sessions.contract.ts'
import { storeContract } from '../contracts/store.contract.ts'
import { createStore, withDatabase } from '../store.ts'
import { inspectConnections } from './inspect-connections.ts'
import { emptyTables } from './empty-tables.fixture.ts'

const server = await startPostgres()
after(() => server?.stop())
const pooler = server && (await startPgBouncer(await server.url('postgres')))
after(() => pooler?.stop())

if (server && pooler) stories(server, pooler)
else
  test('the store contract: PgBouncer', (t) =>
    t.skip(server ? howToGetPgBouncer : howToGetPostgres))

function stories({ url }: PostgresServer, { through }: PgBouncer) {
  const connectTimeout = 60_000 // a busy machine is slower than production allows for
  const at = (direct: string) => ({
    kind: 'postgres' as const,
    url: new Secret(through(direct)),
    listenUrl: new Secret(direct),
    poolSize,
    connectTimeout,
  })
  // A database that has connections cannot be a template, and PgBouncer keeps its own: each one is migrated.
  const locate = recycle(async (name) => at(await url(`pooled_${name}`)), emptyTables)
  after(() => locate[Symbol.asyncDispose]())
  formOf({
    short() {
      storeContract('PgBouncer', locate)
      keysContract('PgBouncer', locate)
      sessionsContract('PgBouncer', locate, 2)
    },
    long: () => everyContract('PgBouncer', locate, 3),
  })()

  suite('PgBouncer', () => {
    test('[23.20] every transaction has its time-outs, and leaves none behind in the session', async () => {
      const read = sql<{ name: string; setting: string }>`
        select name, setting from pg_settings
        where name in ('statement_timeout', 'idle_in_transaction_session_timeout') order by name`
      await withDatabase(at(await url('timeouts')), async (db) => {
        const inside = await db.transaction().execute((tx) => read.execute(tx))
        assert.deepEqual(
          inside.rows.map(({ setting }) => setting),
          ['30000', '10000'],
        )
        const outside = await read.execute(db)
        assert.deepEqual(
          outside.rows.map(({ setting }) => setting),
          ['0', '0'],
        )
      })
    })

    test('[23.20] a statement outside of a transaction is cancelled on the server when its time is up', async () => {
      const { url: secret, ...rest } = at(await url('cancelled'))
      const limited = { ...rest, url: new Secret(`${secret.reveal()}?statement_timeout=300`) }
      const store = await createStore(at(await url('cancelled')))
      await withDatabase(limited, async (db) => {
        await assert.rejects(sql`select pg_sleep(30)`.execute(db), { code: 'database_unusable' })
        const running = await sql<{ count: number }>`
          select count(*)::int from pg_stat_activity where query like '%pg_sleep(30)%' and state = 'active' and pid <> pg_backend_pid()`.execute(
          db,
        )
        assert.equal(running.rows[0]?.count, 0)
      })
      await store.close()
    })

    test('doctor sees the pooler, and whether notifications arrive in spite of it', async () => {
      const direct = await url('seen')
      const { url: pooled, listenUrl } = at(direct)
      assert.deepEqual(await inspectConnections({ url: listenUrl }), {
        isPooled: false,
        notifies: true,
      })
      assert.deepEqual(await inspectConnections({ url: pooled, listenUrl }), {
        isPooled: true,
        notifies: true,
      })
      assert.deepEqual(await inspectConnections({ url: pooled }), {
        isPooled: true,
        notifies: false,
      })
    })

    test('[23.21] statements get no names behind a pooler, and names are given up when a pooler loses them', async () => {
      const direct = await url('unnamed')
      for (const preparedStatements of ['auto', 'on', 'off'] as const) {
        const store = await createStore({ ...at(direct), poolSize: 8, preparedStatements })
        const finds = () => Promise.all(Array.from({ length: 64 }, () => store.users.find('ada')))
        for (let round = 0; round < 3; round++)
          assert.deepEqual([...new Set(await finds())], [undefined])
        await store.transaction(async (tx) => {
          for (let run = 0; run < 12; run++) await tx.users.find('ada')
        })
        await store.close()
      }
    })
  })
}
