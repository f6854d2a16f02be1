import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chownSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { howToGetPostgres, plantedPassword, startPostgres } from '@countersign/testing/postgres'
import { Client } from 'pg'
import { makeCertificate } from '@countersign/testing/certificates'
import { blockOf } from '@countersign/testing/guides'
import { scratch } from '@countersign/testing/files'
import { freePort, get, post } from '@countersign/testing/http'
import { countersign, run, start } from '@countersign/testing/process'

test('three servers that start at once on one empty PostgreSQL are one issuer', async (t) => {
  await using database = await startPostgres({ own: true })
  if (!database) return t.skip(howToGetPostgres)
  using folder = scratch()
  const secret = `${folder.path}/database-url`
  writeFileSync(secret, await database.url('auth'))
  const ports = [await freePort(), await freePort(), await freePort()]
  const urls = ports.map((port) => `http://localhost:${port}`)
  const launch = (port: number) =>
    start([...countersign, 'dev', '--database-url-file', secret], {
      env: {
        COUNTERSIGN_HTTP_PORT: String(port),
        COUNTERSIGN_ISSUER_URL: 'http://localhost',
        COUNTERSIGN_KEYS_ENCRYPTION_KEY: encryptionKey,
      },
    })
  const encryptionKey = randomBytes(32).toString('base64')
  const servers = await Promise.all(ports.map(launch))
  t.after(() => Promise.all(servers.map((server) => server.stop()))) // a failed assertion must leave none running

  const published = await Promise.all(urls.map((url) => get(`${url}/.well-known/jwks.json`)))
  const [first] = published
  assert.ok(first)
  assert.equal(
    (first.body['keys'] as readonly unknown[]).length,
    2,
    'the signing key and the next one',
  )
  for (const { body } of published) assert.deepEqual(body, first.body)

  const signIn = { username: 'admin', password: 'password' }
  const { body } = await post(`${urls[0]}/login`, signIn)
  for (const url of urls) {
    const { status, body: me } = await get(`${url}/me`, String(body['token']))
    assert.deepEqual([status, me['username']], [200, 'admin'])
  }

  let token = body['refresh_token']
  for (let round = 0; round < 10; round++) {
    const refresh = (at: number) => post(`${urls[at % 3]}/refresh`, { refresh_token: token })
    const answers = await Promise.all(Array.from({ length: 100 }, (_, at) => refresh(at)))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
    const successors = new Set(answers.map((answer) => answer.body['refresh_token']))
    assert.equal(successors.size, 1, 'a hundred refreshes at three servers give one successor')
    ;[token] = [...successors]
  }

  await database.killAndRestart()
  assert.equal(
    (await post(`${urls[1]}/login`, signIn)).status,
    200,
    'the servers survive its restart',
  )
  assert.equal((await post(`${urls[2]}/refresh`, { refresh_token: token })).status, 200)
  for (const server of servers) {
    await server.stop()
    assert.match(server.output(), /stored in PostgreSQL/)
    assert.ok(!server.output().includes(plantedPassword))
  }
})

test('the role of the guide has enough rights, and its URL for TLS trusts the certificate of the named host only', async (t) => {
  await using database = await startPostgres({ own: true })
  if (!database) return t.skip(howToGetPostgres)
  using folder = scratch()
  const admin = await database.url('postgres')
  const client = new Client(admin)
  client.on('error', () => undefined) // an error event without a listener would hide the failed assertion
  await client.connect()
  for (const statement of blockOf('postgres.md', 'sql', 1).split(';')) await client.query(statement)
  const found = await client.query<{ readonly data_directory: string }>('show data_directory')
  const data = found.rows[0]?.data_directory ?? ''
  const { uid, gid } = statSync(data)
  const ca = `${folder.path}/ca.pem`
  /** Makes the database present a self-signed certificate for a host. */
  async function useCertificate(host: string) {
    const { cert, key } = await makeCertificate({ host })
    const files = { 'server.crt': cert, 'server.key': key }
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(data, name), text, { mode: 0o600 })
      if (process.getuid?.() === 0) chownSync(join(data, name), uid, gid)
    }
    writeFileSync(ca, cert)
    await client.query('alter system set ssl = on')
    await client.query('select pg_reload_conf()')
  }

  const { port } = new URL(admin)
  const encryptionKey = randomBytes(32).toString('base64')
  const migrate = (query: string) =>
    run([...countersign, 'migrate', 'apply'], {
      env: {
        COUNTERSIGN_ISSUER_URL: 'https://auth.example.com',
        COUNTERSIGN_KEYS_ENCRYPTION_KEY: encryptionKey,
        COUNTERSIGN_DATABASE_URL: `postgres://countersign:change%20me@localhost:${port}/countersign${query}`,
      },
    })
  const trusting = `?sslmode=verify-full&sslrootcert=${ca}`
  await useCertificate('localhost')
  const good = await migrate(trusting)
  assert.equal(good.code, 0, good.output)
  const unknown = await migrate('?sslmode=verify-full')
  await useCertificate('db.example.com')
  const other = await migrate(trusting)
  await client.end()
  for (const { code, output } of [unknown, other]) {
    assert.equal(code, 69, output)
    assert.ok(!output.includes('change'))
  }
  assert.match(other.output, /altnames/)
})
