import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { Client } from 'pg'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { Secret } from '../../domain/kernel/secret.ts'
import type { Store } from '../../domain/store.ts'
import { newUser } from '../../domain/users/user.ts'
import { inspectTables } from '../inspect-database.ts'
import { createStore, withDatabase } from '../store.ts'

const server = await startPostgres()
after(() => server?.stop())
const poolSize = 3
const skip = server ? false : howToGetPostgres
const urlOf = async (name: string) => String(await server?.url(name))
const open = (text: string) =>
  createStore({ kind: 'postgres', url: new Secret(text), poolSize, connectTimeout: 60_000 })
const pings = (store: Store) =>
  Promise.allSettled(Array.from({ length: poolSize }, () => store.ping()))

const connections =
  "from pg_stat_activity where application_name = 'countersign' and datname = current_database()"

/** Makes the sessions of a database read-only from now on, or not, and cuts those that are open if told to. */
async function setReadOnly(url: string, isReadOnly: boolean, { cut }: { readonly cut: boolean }) {
  const client = new Client(url)
  await client.connect()
  await client.query('set default_transaction_read_only = off')
  const { rows } = await client.query('select current_database() as name')
  const name = client.escapeIdentifier(String(rows[0].name))
  const words = isReadOnly ? 'set default_transaction_read_only = on' : 'reset all'
  await client.query(`alter database ${name} ${words}`)
  if (cut) await client.query(`select pg_terminate_backend(pid) ${connections}`)
  await client.end()
}

/** Returns the ids of the processes that serve the connections to a database. */
async function connectionsTo(url: string): Promise<readonly number[]> {
  const client = new Client(url)
  await client.connect()
  const { rows } = await client.query(`select pid ${connections}`)
  await client.end()
  return rows.map(({ pid }) => Number(pid))
}

test(
  '[18.22] a read-only database is not ready; connections to it are dropped, and a writable one is used at once',
  { skip },
  async () => {
    const url = await urlOf('demoted')
    const store = await open(url)
    assert.ok((await pings(store)).every(({ status }) => status === 'fulfilled'))
    await setReadOnly(url, true, { cut: true })
    await pings(store) // some meet a connection that was cut
    for (const result of await pings(store)) {
      assert.equal(result.status, 'rejected')
      assert.equal(result.reason.code, 'database_unusable')
      assert.match(result.reason.message, /read-only/)
    }
    await assert.rejects(store.users.add(newUser('ada', 'ada', 1), 'ada', 'x'), /read-only/)
    await setReadOnly(url, false, { cut: false }) // the connections of the pool stay read-only
    assert.ok((await pings(store)).every(({ status }) => status === 'fulfilled'))
    await store.users.add(newUser('ada', 'ada', 1), 'ada', 'x')
    await store.close()
  },
)

test(
  '[18.22] a write on a read-only connection runs on another one, and drops every connection of the pool, also those that only read',
  { skip },
  async () => {
    const url = await urlOf('all_dropped')
    const store = await open(url)
    const reads = () =>
      Promise.allSettled(Array.from({ length: poolSize }, () => store.users.find('x')))
    await setReadOnly(url, true, { cut: true })
    await reads() // some meet a connection that was cut
    assert.ok((await reads()).every(({ status }) => status === 'fulfilled'))
    await setReadOnly(url, false, { cut: false })
    const before = await connectionsTo(url)
    assert.equal(before.length, poolSize)
    await store.ping() // a statement outside of a transaction
    assert.ok((await pings(store)).every(({ status }) => status === 'fulfilled'))
    await reads()
    const left = new Set(await connectionsTo(url))
    assert.deepEqual(
      before.filter((id) => left.has(id)),
      [],
    )
    await store.close()
  },
)

test(
  '[18.22] a write that is refused on the second connection too fails, and the pool goes on',
  { skip },
  async () => {
    const url = await urlOf('stays_read_only')
    const store = await open(url)
    await setReadOnly(url, true, { cut: true })
    await pings(store) // some meet a connection that was cut
    for (let round = 0; round < 2 * poolSize; round++)
      await assert.rejects(store.ping(), { code: 'database_unusable' })
    assert.ok((await connectionsTo(url)).length <= poolSize)
    assert.equal(await store.users.find('x'), undefined)
    await store.close()
  },
)

test(
  '[18.22] the report of a database for doctor says that it is read-only',
  { skip },
  async () => {
    const url = await urlOf('reported')
    await (await open(url)).close()
    const report = () =>
      withDatabase({ kind: 'postgres', url: new Secret(url), poolSize }, (db) =>
        inspectTables(db, 'postgres'),
      )
    assert.equal((await report()).readOnly, undefined)
    await setReadOnly(url, true, { cut: false })
    assert.equal((await report()).readOnly, 'default_transaction_read_only')
  },
)

test(
  '[18.22] a process whose LISTEN fails goes on, and does not end without a message',
  { skip },
  async () => {
    const program = `
    import { Client } from 'pg'
    import { createPostgresStatusNotifier } from '${import.meta.resolve('./postgres-status-notifier.ts')}'
    class Standby extends Client {
      constructor() { super(${JSON.stringify(await urlOf('postgres'))}) }
      query(text) { return super.query(text.startsWith('listen') ? 'select 1/0' : text) }
    }
    const stop = await createPostgresStatusNotifier(() => new Standby()).listen(() => {})
    process.stdout.write('goes on')
    await stop()
  `
    const flags = ['--conditions=@countersign/source', '--input-type=module', '-e', program]
    const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    child.stdout.on('data', (text) => (printed += text))
    const [code] = await once(child, 'close')
    assert.deepEqual([code, printed], [0, 'goes on'])
  },
)

test('[18.22] an error of the connection says what is meant', { skip }, async () => {
  const good = await urlOf('meant')
  const cases = [
    [`${good}?sslmode=verify-full`, /it refuses TLS, which sslmode in database\.url demands/],
    [`${good}?sslrootcert=/nowhere`, /a file that database\.url names cannot be read/],
    [`${good}?host=/nowhere`, /there is no socket of PostgreSQL in the folder of its host/],
    [good.replace('//tests:', '//unknown-user:'), /user or password is wrong/],
  ] as const
  for (const [text, expected] of cases) await assert.rejects(open(text), expected)
})

test(
  '[18.34] a role without rights is named with what to grant, by the first error of the database',
  { skip },
  async () => {
    const url = await urlOf('rights')
    const admin = new Client(url)
    await admin.connect()
    const role = `limited_${process.pid}`
    await admin.query(`create role ${role} login password 'limited'`)
    const limited = new URL(url)
    limited.username = role
    limited.password = 'limited'
    await admin.query('revoke create on schema public from public')
    await assert.rejects(
      open(limited.href),
      /permission denied for schema public; .*grant usage, create on schema public/,
    )
    limited.searchParams.set('options', '-c search_path=nowhere')
    await assert.rejects(
      open(limited.href),
      /no schema to create tables in: create one for its role/,
    )
    await (await open(url)).close()
    limited.searchParams.delete('options')
    await assert.rejects(
      open(limited.href),
      /permission denied for table \w+; .*grant select, insert, update, delete on all tables/,
    )
    await admin.query(`drop role ${role}`)
    await admin.end()
  },
)
