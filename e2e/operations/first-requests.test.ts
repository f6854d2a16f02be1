import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { test } from 'node:test'
import { inspect } from '@countersign/token'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { countersignHere } from '../../packages/server/src/cli/in-process.fixture.ts'
import { scratch } from '@countersign/testing/files'
import { freePort, get, post } from '@countersign/testing/http'
import { countersign, run, start } from '@countersign/testing/process'

const admin = { username: 'admin', password: 'password' }
const kidOf = (token: unknown) => String(inspect(String(token)).header['kid'])

/** Starts three servers at once on an empty database, sends them fifty requests as soon as they listen, and manages their keys by command. */
async function story(folder: string, database: string) {
  const ports = [await freePort(), await freePort(), await freePort()]
  const urls = ports.map((port) => `http://localhost:${port}`)
  const secret = `${folder}/database-url`
  writeFileSync(secret, database)
  const env = {
    COUNTERSIGN_DATABASE_URL_FILE: secret,
    COUNTERSIGN_ISSUER_URL: 'http://localhost',
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  }
  const servers = Promise.all(
    ports.map((port) =>
      start([...countersign, 'dev'], { env: { ...env, COUNTERSIGN_HTTP_PORT: String(port) } }),
    ),
  )
  const first = urls.map(async (url, at) => {
    const count = at === 0 ? 16 : 17
    await untilListening(url)
    return Promise.all(Array.from({ length: count }, () => post(`${url}/login`, admin)))
  })
  const tokens = (await Promise.all(first)).flat().map(({ body }) => body['token'])
  const running = await servers
  try {
    assert.equal(tokens.length, 50)
    assert.equal(new Set(tokens.map(kidOf)).size, 1, 'one key signed all tokens')
    const rings = await Promise.all(urls.map((url) => get(`${url}/.well-known/jwks.json`)))
    for (const { body } of rings) {
      assert.deepEqual(body, rings[0]?.body)
      assert.equal((body['keys'] as readonly unknown[]).length, 2, 'and the next key is published')
    }
    await manageKeys(env, urls, String(tokens[0]))
  } finally {
    await Promise.all(running.map((server) => server.stop()))
  }
}

/** Connects again and again until a server listens: its first requests arrive at once, within a few milliseconds. */
async function untilListening(url: string): Promise<void> {
  const { port, hostname: host } = new URL(url)
  for (const deadline = Date.now() + 120_000; ;) {
    const socket = connect({ port: Number(port), host })
    const error = await once(socket, 'connect').catch((failure: unknown) => failure)
    socket.destroy()
    if (!(error instanceof Error)) return
    assert.ok(Date.now() < deadline, error.message)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Manages the keys with the command line while the servers run. */
async function manageKeys(
  env: Readonly<Record<string, string>>,
  urls: readonly string[],
  token: string,
) {
  const key = (...args: readonly string[]) => countersignHere(['key', ...args], { env })
  const idOf = (output: string, state: string) =>
    new RegExp(`^(\\S+) +${state}`, 'm').exec(output)?.[1] ?? ''
  const listed = await key('list')
  assert.equal(listed.code, 0)
  const [active, standby] = [idOf(listed.output, 'active'), idOf(listed.output, 'standby')]
  assert.equal(active, kidOf(token))
  assert.match(listed.output, /ES256 +\d{4}-\d\d-\d\d \d\d:\d\d UTC/)

  const refused = await key('revoke', '--yes', '--', active)
  assert.equal(refused.code, 1)
  assert.match(refused.output, /signing_key_active/)
  assert.match((await key('revoke', '--yes', 'nobody')).output, /signing_key_unknown/)
  assert.match(
    (await key('rotate')).output,
    new RegExp(`^${active} +active`, 'm'),
    'the next key must be published first',
  )

  const rotated = await key('rotate', '--now', '--yes')
  assert.equal(idOf(rotated.output, 'active'), standby)
  assert.equal(idOf(rotated.output, 'revoked'), active)
  const again = await key('revoke', '--yes', '--', idOf(rotated.output, 'standby'))
  assert.equal(again.code, 0)
  assert.equal(again.output.match(/ revoked /g)?.length, 2)
  const encrypted = await key('reencrypt')
  assert.match(encrypted.output, /Re-encrypted no secrets/)
  const other = { ...env, COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64') }
  const wrong = await run([...countersign, 'key', 'reencrypt'], { env: other })
  assert.equal(wrong.code, 78)
  assert.match(wrong.output, /decryption_failed/)
  await waitForAgreement(urls)
}

/** Each server polls for the change within a minute; until both have seen it, one may sign with a key that the other has revoked. */
async function waitForAgreement(urls: readonly string[]) {
  for (const deadline = Date.now() + 75_000; ;) {
    const { body } = await post(`${urls[0]}/login`, admin)
    const { status } = await get(`${urls[1]}/me`, String(body['token']))
    if (status === 200) return
    assert.equal(status, 401)
    assert.ok(Date.now() < deadline, 'the servers do not agree on the key')
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

test('SQLite: fifty first requests at three servers get tokens of one key, which commands then rotate and revoke', async () => {
  using folder = scratch()
  await story(folder.path, `sqlite:${folder.path}/data/auth.db`)
})

test('PostgreSQL: fifty first requests at three servers get tokens of one key, which commands then rotate and revoke', async (t) => {
  await using database = await startPostgres()
  if (!database) return t.skip(howToGetPostgres)
  using folder = scratch()
  await story(folder.path, await database.url('first'))
})
