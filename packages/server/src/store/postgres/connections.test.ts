import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { Secret } from '../../domain/kernel/secret.ts'
import type { Transaction } from '../../domain/store.ts'
import { createStore, withDatabase } from '../store.ts'

const server = await startPostgres()
after(() => server?.stop())
const skip = server ? false : howToGetPostgres
const at = async (name: string, parameters = '') =>
  ({
    kind: 'postgres',
    url: new Secret(`${await server?.url(name)}${parameters}`),
    poolSize: 1,
  }) as const

test('[23.20] the first message of a connection sets nothing but its name, also if the URL has time-outs', async () => {
  let first = ''
  const fake = createServer((socket) => {
    socket.once('data', (bytes: Buffer) => {
      first = bytes.subarray(8).toString()
      socket.destroy()
    })
  }).listen(0, '127.0.0.1')
  await once(fake, 'listening')
  const { port } = fake.address() as AddressInfo
  const timeouts = 'statement_timeout=7&idle_in_transaction_session_timeout=8&lock_timeout=9'
  const url = new Secret(`postgres://ada@127.0.0.1:${port}/auth?${timeouts}`)
  const opening = createStore({ kind: 'postgres', url, poolSize: 1 })
  await assert.rejects(opening, { code: 'database_unreachable' })
  fake.close()
  const names = first.split('\0').filter((_, place) => place % 2 === 0 && place < 8)
  assert.deepEqual(names, ['user', 'database', 'application_name', 'client_encoding'])
})

test('[23.20] the time-outs of the URL are those of its transactions', { skip }, async () => {
  const database = await at('limits', '?statement_timeout=1234&lock_timeout=567')
  await withDatabase(database, async (db) => {
    const { rows } = await db.transaction().execute((tx) =>
      sql<{ setting: string }>`
        select setting from pg_settings
        where name in ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout') order by name`.execute(
        tx,
      ),
    )
    assert.deepEqual(
      rows.map(({ setting }) => setting),
      ['30000', '567', '1234'],
    )
  })
})

test(
  '[23.21] statements that run often are prepared, unless the setting forbids it, and survive a change of their columns',
  { skip },
  async () => {
    await withDatabase(await at('prepared'), (db) => sql`create table words (one int)`.execute(db))
    for (const preparedStatements of ['auto', 'on', 'off'] as const)
      await withDatabase({ ...(await at('prepared')), preparedStatements }, async (db) => {
        const read = () => sql`select * from words where 1 = ${1}`.execute(db)
        for (let run = 0; run < 6; run++) await read()
        const prepared = await sql`select name from pg_prepared_statements`.execute(db)
        assert.equal(prepared.rows.length, preparedStatements === 'off' ? 0 : 1)
        await sql.raw(`alter table words add column named_${preparedStatements} int`).execute(db)
        await read()
        await read()
      })
  },
)

test(
  '[23.21] a transaction whose prepared statements met a change of their columns is repeated, once for each of them',
  { skip },
  async () => {
    const database = await at('stale')
    const store = await createStore(database)
    const findAll = async ({ users }: Pick<Transaction, 'users'>) => [
      await users.find('ada'),
      await users.findByEmail('ada'),
      await users.findByName('ada'),
    ]
    for (let run = 0; run < 8; run++) await findAll(store)
    await withDatabase(database, (db) => sql`alter table users add column newer int`.execute(db))
    let runs = 0
    const found = await store.transaction(async (tx) => {
      runs++
      return findAll(tx)
    })
    assert.deepEqual([...new Set(found), runs], [undefined, 4])
    await store.close()
  },
)
