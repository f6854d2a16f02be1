import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { countersignHere } from '../../packages/server/src/cli/in-process.fixture.ts'
import { scratch } from '@countersign/testing/files'
import { freePort, get, post } from '@countersign/testing/http'
import { countersign, run, start } from '@countersign/testing/process'

const serve = [...countersign, 'serve'] as const
const key = randomBytes(32).toString('base64')
const longPassword = 'correct horse battery staple'

suite('serve refuses unsafe settings, and says what to do', () => {
  const good = {
    COUNTERSIGN_ISSUER_URL: 'https://auth.example.com',
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: key,
  }
  const rows: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
    ['no issuer', { ...good, COUNTERSIGN_ISSUER_URL: '' }, /issuer\.url.*setting_missing/],
    [
      'an issuer over plain HTTP',
      { ...good, COUNTERSIGN_ISSUER_URL: 'http://auth.example.com' },
      /plain_http/,
    ],
    [
      'no key-encryption key',
      { COUNTERSIGN_ISSUER_URL: 'https://auth.example.com' },
      /setting_missing/,
    ],
    ['a sample key', { ...good, COUNTERSIGN_KEYS_ENCRYPTION_KEY: 'change-me' }, /secret_sample/],
    [
      'a sample key in base64',
      {
        ...good,
        COUNTERSIGN_KEYS_ENCRYPTION_KEY: Buffer.from('my-secret-key-my-secret-key-1234').toString(
          'base64',
        ),
      },
      /secret_sample/,
    ],
    [
      'a key of zeros',
      { ...good, COUNTERSIGN_KEYS_ENCRYPTION_KEY: Buffer.alloc(32).toString('base64') },
      /secret_sample/,
    ],
    [
      'a short key',
      { ...good, COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(20).toString('base64') },
      /32 bytes.*setting_invalid/,
    ],
    [
      'plain HTTP beyond this machine',
      { ...good, COUNTERSIGN_HTTP_HOST: '0.0.0.0' },
      /proxy\.addresses.*plain_http/,
    ],
    [
      'an unknown setting',
      { ...good, COUNTERSIGN_HTP_PORT: '1' },
      /COUNTERSIGN_HTTP_PORT.*setting_unknown/,
    ],
    [
      'a lifetime without a unit',
      { ...good, COUNTERSIGN_TOKENS_LIFETIME: '15' },
      /tokens\.lifetime.*15m.*setting_invalid/,
    ],
  ]
  for (const [name, env, expected] of rows) {
    test(name, async () => {
      using folder = scratch()
      const { code, output } = await countersignHere(['serve'], {
        env: { COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/x.db`, ...env },
      })
      assert.equal(code, 78)
      assert.match(output, expected)
      assert.doesNotMatch(output, /    at /, 'no stack trace')
      assert.ok(!output.includes(key))
    })
  }
})

test('serve refuses a development database, where admin has the password "password"', async () => {
  using folder = scratch()
  const port = await freePort()
  const env = {
    COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/d.db`,
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: key,
    COUNTERSIGN_HTTP_PORT: String(port),
  }
  await (await start([...countersign, 'dev'], { env })).stop()
  const { code, output } = await run(serve, {
    env: { ...env, COUNTERSIGN_ISSUER_URL: 'https://auth.example.com' },
  })
  assert.equal(code, 78)
  assert.match(output, /default_password/)
})

test('development refuses a production database, and changes nothing', async () => {
  using folder = scratch()
  const port = await freePort()
  const env = {
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/c.db`,
    COUNTERSIGN_ISSUER_URL: 'https://auth.example.com',
  }
  const encrypted = { ...env, COUNTERSIGN_KEYS_ENCRYPTION_KEY: key }
  await (await start(serve, { env: encrypted })).stop()
  for (const settings of [encrypted, env]) {
    const { code, output } = await run([...countersign, 'dev'], { env: settings })
    assert.equal(code, 78, output)
    assert.match(output, /in_production/)
  }
  assert.deepEqual(readdirSync(folder.path), ['c.db'])
  const { output } = await countersignHere(['user', 'list'], { env: encrypted })
  assert.doesNotMatch(output, /admin/)
  await (await start(serve, { env: encrypted })).stop()
})

test('a user created on the command line signs in; the sample user and the tutorial do not exist', async () => {
  using folder = scratch()
  const port = await freePort()
  const url = `http://localhost:${port}`
  writeFileSync(`${folder.path}/key`, `${key}\n`, { mode: 0o600 })
  writeFileSync(`${folder.path}/countersign.toml`, '[tokens]\nlifetime = "1m"\n')
  const env = {
    COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/c.db`,
    COUNTERSIGN_ISSUER_URL: 'https://auth.example.com',
    COUNTERSIGN_KEYS_ENCRYPTION_KEY_FILE: `${folder.path}/key`,
    COUNTERSIGN_CONFIG: `${folder.path}/countersign.toml`,
  }
  const short = await countersignHere(['user', 'add', 'Ada'], { env, input: 'too short\n' })
  assert.equal(short.code, 1)
  assert.match(short.output, /password_too_short/)
  const made = await countersignHere(['user', 'add', 'Ada'], {
    env,
    input: `${longPassword}\n`,
  })
  assert.equal(made.code, 0, made.output)
  const again = await countersignHere(['user', 'add', '\uff21DA'], {
    env,
    input: `${longPassword}\n`,
  })
  assert.match(again.output, /username_taken/, 'a look-alike spelling is the same user')

  await using server = await start([...serve, '--http-port', String(port)], { env })
  const { status, body } = await post(`${url}/login`, { username: 'ada', password: longPassword })
  assert.equal(status, 200)
  assert.equal(body['expires_in'], 60)
  const me = await get(`${url}/me`, String(body['token']))
  assert.equal(me.body['username'], 'Ada')
  assert.equal((await get(`${url}/me`)).status, 401, 'only the tutorial says 403')
  assert.equal((await get(`${url}/protected`, String(body['token']))).status, 404)
  const sample = await post(`${url}/login`, { username: 'admin', password: 'password' })
  assert.equal(sample.status, 401)
  const metadata = await get(`${url}/.well-known/oauth-authorization-server`)
  assert.equal(metadata.body['issuer'], 'https://auth.example.com')
  assert.ok(!server.output().includes(longPassword))
})

test('a database opened with another key-encryption key names the right one', async () => {
  using folder = scratch()
  const env = {
    COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/c.db`,
    COUNTERSIGN_ISSUER_URL: 'https://auth.example.com',
  }
  const made = { ...env, COUNTERSIGN_KEYS_ENCRYPTION_KEY: key }
  await countersignHere(['user', 'add', 'ada'], { env: made, input: longPassword })
  const other = { ...env, COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64') }
  const { code, output } = await countersignHere(['serve'], { env: other })
  assert.equal(code, 78)
  assert.match(output, /encrypted under the key-encryption key [\w-]{11}.*decryption_failed/)
})

test('no server starts with a secret that is world-readable, empty or given twice', async () => {
  using folder = scratch()
  const file = `${folder.path}/key`
  writeFileSync(file, `${key}\n`, { mode: 0o644 })
  const env = {
    COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/c.db`,
    COUNTERSIGN_ISSUER_URL: 'https://auth.example.com',
    COUNTERSIGN_KEYS_ENCRYPTION_KEY_FILE: file,
  }
  const assertRefused = async (why: RegExp, more: Readonly<Record<string, string>> = {}) => {
    const { code, output } = await countersignHere(['serve'], { env: { ...env, ...more } })
    assert.equal(code, 78, output)
    assert.match(output, why)
    assert.ok(!output.includes(key))
  }
  await assertRefused(/file of keys\.encryption_key is readable by every user .*chmod 600/)
  await assertRefused(/COUNTERSIGN_KEYS_ENCRYPTION_KEY and COUNTERSIGN_KEYS_ENCRYPTION_KEY_FILE/, {
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  })
  writeFileSync(file, '\n')
  await assertRefused(/keys\.encryption_key is empty/)
  assert.equal(existsSync(`${folder.path}/c.db`), false, 'and nothing was made')
})

test('a port in use is reported clearly, with a solution', async () => {
  using folder = scratch()
  const port = await freePort()
  const env = {
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/d.db`,
  }
  await using first = await start([...countersign, 'dev'], { env })
  const { code, output } = await run([...countersign, 'dev'], { env })
  assert.equal(code, 1)
  assert.match(output, new RegExp(`${port}.*--http-port ${port + 1}.*port_taken`))
  assert.match(first.output(), /listens on/)
})

test('every command explains itself', async () => {
  for (const command of [[], ['dev'], ['serve'], ['user'], ['user', 'add']]) {
    const { code, output } = await countersignHere([...command, '--help'])
    assert.equal(code, 0)
    assert.match(output, /Usage: countersign/)
  }
  const { code, output } = await countersignHere(['serv'])
  assert.equal(code, 2)
  assert.match(output, /Did you mean serve/)
})
