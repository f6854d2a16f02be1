import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { Client } from 'pg'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { useFactors } from './planted-factors.fixture.ts'
import { scratch } from '@countersign/testing/files'
import { freePort, get, post } from '@countersign/testing/http'
import { countersign, run, start } from '@countersign/testing/process'

const first = 'planted first passphrase'
const second = 'planted second passphrase'
const unknownName = 'planted-unknown-name'
const newSecret = () => randomBytes(32).toString('base64')

/** Runs a server on a database, uses it, and returns every secret that it handled. */
async function useServer(
  databaseUrl: string,
  folder: string,
): Promise<readonly (string | Buffer)[]> {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const [encryptionKey, pepper] = [newSecret(), newSecret()]
  const secretFile = `${folder}/database-url`
  writeFileSync(secretFile, databaseUrl, { mode: 0o600 })
  const env = {
    COUNTERSIGN_ISSUER_URL: 'https://auth.example.com',
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: encryptionKey,
    COUNTERSIGN_PASSWORDS_PEPPER: pepper,
    COUNTERSIGN_DATABASE_URL_FILE: secretFile,
  }
  const added = await run([...countersign, 'user', 'add', 'ada'], { env, input: first })
  assert.equal(added.code, 0, added.output)
  await using server = await start([...countersign, 'serve'], { env })
  await post(`${url}/login`, { username: unknownName, password: 'planted wrong password' })
  const { body: login } = await post(`${url}/login`, { username: 'ada', password: first })
  const { body: next } = await post(`${url}/refresh`, { refresh_token: login['refresh_token'] })
  const response = await fetch(`${url}/password/change`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${next['token']}` },
    body: JSON.stringify({ current_password: first, new_password: second }),
  })
  assert.equal(response.status, 200)
  const renewed = (await response.json()) as Record<string, unknown>
  assert.equal((await get(`${url}/me`, String(renewed['token']))).status, 200)
  const { key, recoveryCodes, signIns } = await useFactors(url, 'ada', second)
  await server.stop()
  const tokens = [login, next, renewed].flatMap((one) =>
    [one['token'], one['refresh_token']].map(String),
  )
  const secrets = [encryptionKey, pepper]
  return [
    first,
    second,
    unknownName,
    'planted wrong password',
    ...key,
    ...recoveryCodes,
    ...signIns,
    ...tokens,
    ...tokens.flatMap((one) =>
      one.startsWith('csrt_') ? [one.slice(5, 27), one.slice(27, 70)] : [],
    ),
    ...secrets,
    ...secrets.map((one) => Buffer.from(one, 'base64')),
    ...secrets.map((one) => Buffer.from(one, 'base64').toString('hex')),
    ...secrets.map((one) => Buffer.from(one, 'base64').toString('base64url')),
    '"d":', // the private member of a JWK
    'PRIVATE KEY',
  ]
}

function assertAbsent(stored: Buffer, secrets: readonly (string | Buffer)[]): void {
  assert.ok(stored.includes('ada'), 'the searched bytes are the database')
  assert.ok(secrets.length > 20)
  secrets.forEach((secret, at) => assert.ok(!stored.includes(secret), `secret ${at} is stored`))
}

test('a stolen SQLite file and its logs contain no password, token, private key or pepper', async () => {
  using folder = scratch()
  const secrets = await useServer(`sqlite:${folder.path}/data/auth.db`, folder.path)
  const files = globSync(`${folder.path}/data/*`)
  assert.ok(files.length > 0)
  assertAbsent(Buffer.concat(files.map((file) => readFileSync(file))), secrets)
})

test('a dump of PostgreSQL contains no password, token, private key or pepper', async (t) => {
  await using database = await startPostgres()
  if (!database) return t.skip(howToGetPostgres)
  using folder = scratch()
  const url = await database.url('rest')
  const secrets = await useServer(url, folder.path)
  const client = new Client(url)
  await client.connect()
  const tables = await client.query<{ readonly name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'public'",
  )
  assert.ok(tables.rows.length >= 9)
  let dump = ''
  for (const { name } of tables.rows) {
    const { rows } = await client.query<{ readonly text: string }>(
      `select t::text as text from "${name}" t`,
    )
    dump += rows.map(({ text }) => text.replaceAll('""', '"')).join('\n')
  }
  await client.end()
  assertAbsent(Buffer.from(dump), secrets)
})
