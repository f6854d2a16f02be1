// Two processes of one application, with its own tables and Countersign's in one PostgreSQL, as the guide sets them up.
import { freePort, post } from '@countersign/testing/http'
import { blockOf } from '@countersign/testing/guides'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { start } from '@countersign/testing/process'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Client } from 'pg'

test('[24.28] an application and Countersign share a database, with tables of one name, and two processes share the sessions', async (t) => {
  await using database = await startPostgres({ own: true })
  if (!database) return t.skip(howToGetPostgres)
  const url = await database.url('app')
  const owner = new Client({ connectionString: url })
  await using opened = new AsyncDisposableStack()
  opened.defer(() => owner.end())
  await owner.connect()
  await owner.query('create table users (email text)')
  await owner.query(blockOf('inside-your-application.md', 'sql', 1))
  const shared = new URL(url)
  Object.assign(shared, { username: 'countersign', password: 'replace-this-password' })
  const ports = [await freePort(), await freePort()]
  const origins = ports.map((port) => `http://localhost:${port}`)
  const env = {
    URL: `${origins[0]}/auth`,
    COUNTERSIGN_DATABASE_URL: shared.href,
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    NODE_ENV: 'development',
  }
  const command = [
    process.execPath,
    '--conditions=@countersign/source',
    'examples/inside/express.ts',
  ]
  const launch = (port: number) => start(command, { env: { ...env, PORT: String(port) } })
  const running = await Promise.all(ports.map(launch))
  for (const one of running) opened.use(one)

  const { body } = await post(`${origins[0]}/auth/login`, {
    username: 'admin',
    password: 'password',
  })
  const headers = { authorization: `Bearer ${String(body['token'])}` }
  const statusAt = async (origin = '') => (await fetch(`${origin}/notes`, { headers })).status
  assert.deepEqual(await Promise.all(origins.map(statusAt)), [200, 200])
  const signedOut = await fetch(`${origins[1]}/auth/logout`, { method: 'POST', headers })
  assert.equal(signedOut.status, 204)
  assert.equal(await statusAt(origins[1]), 401)
  while ((await statusAt(origins[0])) === 200) await setTimeout(10)

  const { rows } = await owner.query(
    "select table_schema from information_schema.tables where table_name = 'users'",
  )
  assert.deepEqual(rows.map((row) => row.table_schema).toSorted(), ['countersign', 'public'])
  await owner.query('create role application login')
  await owner.query('set role application')
  await assert.rejects(owner.query('select password_hash from countersign.users'), {
    code: '42501',
  })
})
