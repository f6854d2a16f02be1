import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratch } from '@countersign/testing/files'
import { freePort, get, post } from '@countersign/testing/http'
import { countersign, start } from '@countersign/testing/process'

const admin = { username: 'admin', password: 'password' }

async function keyIds(url: string): Promise<readonly string[]> {
  const { body } = await get(`${url}/.well-known/jwks.json`)
  return (body['keys'] as readonly { readonly kid: string }[]).map(({ kid }) => kid)
}

test('a restart keeps users and keys, and old tokens stay valid', async () => {
  using folder = scratch()
  const port = await freePort()
  const url = `http://localhost:${port}`
  const env = {
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/data/development.db`,
  }
  const first = await start([...countersign, 'dev'], { env })
  const { body } = await post(`${url}/login`, admin)
  const token = String(body['token'])
  const me = await get(`${url}/me`, token)
  const keys = await keyIds(url)
  await first.stop()

  await using second = await start([...countersign, 'dev'], { env })
  assert.deepEqual(await keyIds(url), keys)
  assert.deepEqual((await get(`${url}/me`, token)).body, me.body)
  assert.equal((await post(`${url}/login`, admin)).status, 200)
  assert.doesNotMatch(first.output() + second.output(), /error/i)
})

test('files on the disk are readable by their owner only, and are not enough to forge a token', async () => {
  using folder = scratch()
  const data = join(folder.path, 'data')
  const port = await freePort()
  const env = {
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_DATABASE_URL: `sqlite:${data}/development.db`,
  }
  const server = await start([...countersign, 'dev'], { env })
  const { body } = await post(`http://localhost:${port}/login`, admin)
  const whileRunning = readdirSync(data)
  assert.deepEqual(statSync(data).mode & 0o777, 0o700)
  for (const name of whileRunning)
    assert.equal(statSync(join(data, name)).mode & 0o777, 0o600, name)
  await server.stop()

  const database = readFileSync(join(data, 'development.db'), 'latin1')
  assert.match(database, /"kid"/, 'the public key is stored')
  assert.doesNotMatch(database, /"d":|PRIVATE KEY/, 'the private key is encrypted')
  assert.ok(!database.includes(String(body['token'])), 'no token is stored')
  assert.ok(!server.output().includes(String(body['token'])), 'no token is logged')
  const encryptionKey = readFileSync(join(data, 'key-encryption-key'), 'latin1').trim()
  assert.ok(!database.includes(encryptionKey))
})

test('five processes that start at once on one empty folder create one signing key and its successor', async () => {
  using folder = scratch()
  const database = `sqlite:${folder.path}/data/development.db`
  const ports = await Promise.all(Array.from({ length: 5 }, freePort))
  const servers = await Promise.all(
    ports.map((port) =>
      start([...countersign, 'dev'], {
        env: { COUNTERSIGN_HTTP_PORT: String(port), COUNTERSIGN_DATABASE_URL: database },
      }),
    ),
  )
  try {
    const rings = await Promise.all(ports.map((port) => keyIds(`http://localhost:${port}`)))
    assert.equal(new Set(rings.flat()).size, 2)
    for (const ring of rings) assert.equal(ring.length, 2)
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
})
