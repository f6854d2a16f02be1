import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { inspect } from 'node:util'
import { describeValue } from './describe.ts'
import { loadConfig, loadEffective } from './load.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
after(() => rmSync(folder, { recursive: true }))
const fileOf = (text: string) => {
  const path = join(folder, `${Math.random()}.toml`)
  writeFileSync(path, text)
  return path
}
const mode = 'production'
const lifetime = (sources: Omit<Parameters<typeof loadConfig>[0], 'mode'>) =>
  loadConfig({ mode, ...sources }).tokens.lifetime

test('a flag overrides the environment, which overrides the file, which overrides the default', () => {
  const file = fileOf('[tokens]\nlifetime = "1m"\n')
  const env = { COUNTERSIGN_TOKENS_LIFETIME: '2m' }
  assert.equal(lifetime({}), 900)
  assert.equal(lifetime({ file }), 60)
  assert.equal(lifetime({ file, env }), 120)
  assert.equal(lifetime({ file, env, flags: { 'tokens-lifetime': '3m' } }), 180)
})

test('development listens on the tutorial\u2019s port', () => {
  const { http } = loadConfig({ mode: 'development' })
  assert.deepEqual([http.host, http.port], ['localhost', 5000])
})

test('durations become seconds; anything else is refused with an example', () => {
  for (const [text, seconds] of [
    ['10s', 10],
    ['1h', 3600],
    ['24h', 86_400],
    ['1d', 86_400],
  ] as const) {
    assert.equal(lifetime({ flags: { 'tokens-lifetime': text } }), seconds)
  }
  for (const text of ['15', '1.5m', '-1m', '0s', '9s', '25h', '15 m', '15M', '', 'm']) {
    assert.throws(
      () => lifetime({ flags: { 'tokens-lifetime': text } }),
      { code: 'setting_invalid' },
      text,
    )
  }
})

test('an unknown setting is refused, and the closest known one is named', () => {
  const names = (work: () => unknown) => {
    try {
      work()
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }
  assert.match(
    names(() => lifetime({ env: { COUNTERSIGN_TOKEN_LIFETIME: '1m' } })),
    /COUNTERSIGN_TOKENS_LIFETIME\?$/,
  )
  assert.match(
    names(() => lifetime({ file: fileOf('[http]\nprot = 1') })),
    /http\.port\?$/,
  )
  assert.match(
    names(() => lifetime({ file: fileOf('port = 1') })),
    /did you mean/,
  )
  assert.match(
    names(() => lifetime({ file: fileOf('= x') })),
    /TOML/,
  )
  assert.equal(lifetime({ env: { PATH: '/bin', COUNTERSIGNX: '1' } }), 900)
})

test('a secret comes from the environment or a file, never from a flag, and prints as [secret]', () => {
  const path = fileOf('c2VjcmV0LXNlY3JldA==\n')
  const config = loadConfig({ mode, env: { COUNTERSIGN_KEYS_ENCRYPTION_KEY_FILE: path } })
  assert.equal(config.keys.encryptionKey?.reveal(), 'c2VjcmV0LXNlY3JldA==')
  for (const shown of [
    inspect(config, { depth: 9 }),
    JSON.stringify(config),
    String(config.keys.encryptionKey),
  ]) {
    assert.match(shown, /\[secret\]/)
    assert.doesNotMatch(shown, /c2VjcmV0/)
  }
  const missing = { COUNTERSIGN_KEYS_ENCRYPTION_KEY_FILE: join(folder, 'nowhere') }
  assert.throws(() => loadConfig({ mode, env: missing }), { code: 'setting_invalid' })
  assert.throws(() => loadConfig({ mode, env: { COUNTERSIGN_HTTP_PORT_FILE: path } }), {
    code: 'setting_unknown',
  })
})

test('a secret with two different values in the environment is refused, naming both variables', () => {
  const [name, key] = ['COUNTERSIGN_KEYS_ENCRYPTION_KEY', 'c2VjcmV0LXNlY3JldA==']
  const both = (text: string) => ({ [name]: text, [`${name}_FILE`]: fileOf(`${key}\n`) })
  const named = (error: Error) =>
    error.message.includes(`${name} and ${name}_FILE`) && !error.message.includes('c2Vj')
  assert.throws(() => loadConfig({ mode, env: both('b3RoZXItb3RoZXItb3RoZXI=') }), named)
  const url = {
    COUNTERSIGN_DATABASE_URL: 'sqlite:a.db',
    COUNTERSIGN_DATABASE_URL_FILE: fileOf('sqlite:b.db'),
  }
  assert.throws(() => loadConfig({ mode, env: url }), { code: 'setting_invalid' })
  assert.equal(loadConfig({ mode, env: both(key) }).keys.encryptionKey?.reveal(), key)
  const flags = { 'keys-encryption-key-file': fileOf('third') }
  assert.equal(
    loadConfig({ mode, env: both('other'), flags }).keys.encryptionKey?.reveal(),
    'third',
  )
})

test('[18.25] the settings file names the files of secrets, and of no other setting', () => {
  const [path, url] = [fileOf('c2VjcmV0LXNlY3JldA==\n'), fileOf('sqlite:a.db')]
  const text = `[keys]\nencryption_key_file = "${path}"\n[database]\nurl_file = "${url}"\n`
  const config = loadConfig({ mode, file: fileOf(text) })
  assert.equal(config.keys.encryptionKey?.reveal(), 'c2VjcmV0LXNlY3JldA==')
  assert.deepEqual(config.secretFiles, [{ key: 'keys.encryption_key', path }])
  const both = fileOf(`[keys]\nencryption_key = "other"\nencryption_key_file = "${path}"\n`)
  const named = (error: Error) => /encryption_key and .*encryption_key_file/.test(error.message)
  assert.throws(() => loadConfig({ mode, file: both }), named)
  const missing = fileOf('[keys]\nencryption_key_file = "/nowhere"\n')
  assert.throws(() => loadConfig({ mode, file: missing }), { code: 'setting_invalid' })
  const plain = fileOf(`[http]\nport_file = "${path}"\n`)
  assert.throws(() => loadConfig({ mode, file: plain }), { code: 'setting_unknown' })
})

test('an empty file of a key is reported as empty', () => {
  const env = { COUNTERSIGN_KEYS_ENCRYPTION_KEY_FILE: fileOf('\n') }
  assert.throws(() => loadConfig({ mode, env }), /keys\.encryption_key is empty/)
})

test('the URL of a PostgreSQL database is a secret, because it may contain a password', () => {
  const url = 'postgres://countersign:canary@db.example.com:5432/auth?sslmode=verify-full'
  for (const sources of [
    { env: { COUNTERSIGN_DATABASE_URL: url } },
    { env: { COUNTERSIGN_DATABASE_URL_FILE: fileOf(`${url}\n`) } },
    { file: fileOf(`[database]\nurl = "${url}"\n`) },
  ]) {
    const { database } = loadConfig({ mode, ...sources })
    assert.ok(database.url.kind === 'postgres')
    assert.equal(database.url.url.reveal(), url)
    assert.doesNotMatch(inspect(database, { depth: 9 }) + JSON.stringify(database), /canary/)
  }
  assert.throws(
    () => loadConfig({ mode, env: { COUNTERSIGN_DATABASE_URL: 'postgres://a:canary@:x' } }),
    (error) => !inspect(error, { depth: 9 }).includes('canary'),
  )
})

test('invalid TOML is reported with its line number, without its content', () => {
  const file = fileOf('[keys]\nencryption_key = "canary\n')
  assert.throws(
    () => loadConfig({ mode, file }),
    (error: Error) => /line 2/.test(error.message) && !inspect(error).includes('canary'),
  )
})

test('addresses, ports and URLs are checked', () => {
  const bad = [
    { 'proxy-addresses': '10.0.0.0/99' },
    { 'proxy-addresses': 'nginx' },
    { 'http-port': '0' },
    { 'http-port': '70000' },
    { 'http-port': '5e3' },
    { 'issuer-url': 'auth.example.com' },
    { 'issuer-url': 'https://a/?x' },
    { 'issuer-url': 'https://a/' },
    { 'database-url': 'mysql:x' },
    { 'database-url': 'sqlite:' },
    { 'database-url': 'postgres://a:b:c@d:e' },
    { 'database-pool-size': '0' },
    { 'passwords-min-length': '7' },
    { 'passwords-hash-memory': '19455' },
    { 'passwords-hash-memory': '99999999' },
    { 'passwords-hash-passes': '1' },
    { 'passwords-hash-parallelism': '0' },
    { 'users-registration': 'yes' },
    { 'log-level': 'loud' },
  ]
  for (const flags of bad)
    assert.throws(
      () => loadConfig({ mode, flags }),
      { code: 'setting_invalid' },
      JSON.stringify(flags),
    )
  const { proxy } = loadConfig({ mode, flags: { 'proxy-addresses': '10.0.0.0/8, ::1' } })
  assert.deepEqual(proxy.addresses, ['10.0.0.0/8', '::1'])
})

test('each setting has a source, and a secret is never shown', () => {
  const file = fileOf('[tokens]\nlifetime = "1m"\n[sessions]\nlifetime = "1d"\n')
  const key = fileOf('canary-key\n')
  const effective = loadEffective({
    mode,
    file,
    env: { COUNTERSIGN_TOKENS_LIFETIME: '2m', COUNTERSIGN_KEYS_ENCRYPTION_KEY_FILE: key },
    flags: { 'http-port': '9000', 'log-level': 'loud' },
  })
  const told = Object.fromEntries(
    effective.map((one) => [one.named.key, [describeValue(one), one.from]]),
  )
  assert.deepEqual(told['tokens.lifetime'], ['2m', 'COUNTERSIGN_TOKENS_LIFETIME'])
  assert.deepEqual(told['sessions.lifetime'], ['1d', file])
  assert.deepEqual(told['http.port'], ['9000', '--http-port'])
  assert.deepEqual(told['issuer.url'], ['none', 'default'])
  assert.deepEqual(told['keys.encryption_key'], [
    '[secret]',
    'COUNTERSIGN_KEYS_ENCRYPTION_KEY_FILE',
  ])
  const faults = effective.filter(({ problem }) => problem !== undefined)
  assert.deepEqual(
    faults.map(({ named }) => named.key),
    ['log.level'],
  )
  assert.doesNotMatch(JSON.stringify(told), /canary/)
})

test('a database URL is shown only if it names a file', () => {
  for (const [text, shown] of [
    ['sqlite:/var/lib/auth.db', 'sqlite:/var/lib/auth.db'],
    ['postgres://ada:canary@db/auth', '[secret]'],
    ['sqlite:ada:canary@db', '[secret]'],
    ['mysql://ada:canary@db', '[secret]'],
  ] as const) {
    const all = loadEffective({ mode, env: { COUNTERSIGN_DATABASE_URL: text } })
    const url = all.find(({ named }) => named.key === 'database.url')
    assert.equal(url && describeValue(url), shown)
  }
})
