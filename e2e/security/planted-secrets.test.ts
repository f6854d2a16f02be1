import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Client } from 'pg'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { administer, operator, overTls, ownKey, plantStored } from './planted-operator.fixture.ts'
import {
  bearer,
  formsOf,
  leaks,
  newPassword,
  post,
  visit,
  visitor,
  type PerNetworkQuota,
  type Planted,
} from './planted-secrets.fixture.ts'
import { scratch } from '@countersign/testing/files'
import { freePort } from '@countersign/testing/http'
import { countersign, printSpans, run, start } from '@countersign/testing/process'
import { tampered } from '@countersign/testing/tokens'

/** What commands print that have secrets in their settings, at their input, or in their way. */
async function commands(
  env: Readonly<Record<string, string>>,
  planted: Planted,
  token: string,
  key: string,
): Promise<PerNetworkQuota> {
  const places: PerNetworkQuota = new Map()
  const tell = async (line: string, input = '', more: Readonly<Record<string, string>> = {}) => {
    const { output } = await run([...countersign, ...line.split(' ')], {
      env: { ...env, ...more },
      input,
    })
    assert.ok(output.length > 0, line)
    places.set(`countersign ${line}`, `${places.get(`countersign ${line}`) ?? ''}${output}`)
  }
  const short = 'planted short'
  planted.set('short password', short)
  const nowhere = new URL(readFileSync(env['COUNTERSIGN_DATABASE_URL_FILE'] ?? '', 'utf8'))
  nowhere.port = String(await freePort())
  await tell('user add eva', short)
  await tell('user show ada --json')
  await tell('session list ada')
  await tell('config')
  await tell('config --json')
  await tell('doctor')
  await tell('key list')
  await tell('audit-log list')
  await tell('explain', token)
  await tell('token verify --json', tampered(token))
  for (const line of ['serve --help', 'serve --help-settings', 'user add --help']) await tell(line)
  await tell('user invite --help')
  await tell('user list --json')
  await tell(`token sign ada --issuer https://dev.example --lifetime 9d --key ${key}`)
  await tell(`token sign ada --issuer https://dev.example --algorithm HS256 --key ${key}`)
  await tell(`token verify --issuer https://dev.example --keys ${key}`, token)
  await tell('key list --keys-encryption-key x') // no such flag, for a secret is none
  await tell('key list', '', {
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: planted.get('PASSWORDS_PEPPER') ?? '',
  })
  await tell('key list', '', { COUNTERSIGN_PASSWORDS_PEPPER: short })
  await tell('key list', '', { COUNTERSIGN_DATABASE_URL: String(nowhere) })
  await tell('key list', '', { COUNTERSIGN_DATABASE_URL: `${String(nowhere)}:x` })
  return places
}

/** The command lines of every process that may be looked at. */
function commandLines(): string {
  return globSync('/proc/[0-9]*/cmdline')
    .map((file) => {
      try {
        return readFileSync(file, 'utf8')
      } catch {
        return '' // it has ended
      }
    })
    .join('\n')
}

test('no planted secret shows in logs, answers, metrics, traces, help, settings or process titles', async (t) => {
  await using database = await startPostgres()
  if (!database) return t.skip(howToGetPostgres)
  using folder = scratch()
  const planted: Planted = new Map()
  const url = await database.url('planted')
  const { port, metricsPort, env, token, key } = await operator(folder.path, url, planted)
  const password = newPassword()
  planted.set('password', password)
  const added = await run([...countersign, 'user', 'add', 'ada'], { env, input: password })
  assert.equal(added.code, 0, added.output)

  await using server = await start([...countersign, 'serve'], {
    env: { ...env, NODE_OPTIONS: printSpans },
  })
  const visited = await visit(`http://localhost:${port}`, planted, password)
  const administered = await administer(`http://localhost:${port}`, env, planted)
  await plantStored(url, key, planted)
  const titles = commandLines()
  const own = ownKey(folder.path, planted)
  const places = await commands(env, planted, planted.get('sign-in: access token') ?? '', own)
  places.set('all that a server with TLS prints', await overTls(folder.path, planted))

  // The inside breaks, and errors come that nobody foresaw.
  const client = new Client(url)
  await client.connect()
  await client.query('alter table sessions rename to gone')
  await client.end()
  const { response } = await visited.ask('/login', post({ username: 'ada', password }))
  assert.ok(response.status >= 500)

  const scraped = await fetch(`http://localhost:${metricsPort}/metrics`, bearer(token))
  places.set('metrics', await scraped.text())
  places.set('refused answers', visited.refused() + administered.refused())
  places.set('process titles', titles)
  places.set('user add', added.output)
  await server.stop()
  places.set('log and traces', server.output())

  assert.match(places.get('metrics') ?? '', /logins_total\{outcome="signed_in"\} [2-9]/)
  assert.match(server.output(), /"likelyCause":/)
  assert.match(server.output(), /name: 'POST \/login'/, 'spans are printed')
  assert.match(server.output(), /"msg":"failed"/)
  assert.match(titles, /serve/)
  assert.deepEqual(leaks(planted, places), [])
  assertFound(planted, visited.sent() + administered.sent(), places)
})

/** The search finds what is there: each secret in each form, and those that were sent in what was sent. */
function assertFound(planted: Planted, sent: string, places: PerNetworkQuota): void {
  for (const [name, secret] of planted) {
    for (const form of formsOf(secret))
      for (const [place, text] of places)
        assert.equal(
          leaks(new Map([[name, secret]]), new Map([[place, `${text} ${form} `]])).length,
          1,
        )
  }
  const said = leaks(planted, new Map([['requests', sent]]))
  const found = new Set(said.map((line) => line.split(' shows')[0]))
  for (const name of [
    'password',
    'wrong password',
    'sign-in: refresh token',
    'refresh: access token',
    'cookie 1',
    'cookie 2',
    'invitation byHand',
    'invitation overHttp',
    'password that an administrator gave',
  ])
    assert.ok(found.has(name), `${name} was sent, and is not found in what was sent`)
}

test('what development prints for people holds no token and no wrong password', async () => {
  using folder = scratch()
  const planted: Planted = new Map()
  const port = await freePort()
  await using server = await start([...countersign, 'dev'], {
    env: {
      COUNTERSIGN_HTTP_PORT: String(port),
      COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/d.db`,
      COUNTERSIGN_LOG_LEVEL: 'debug',
    },
  })
  const { ask, tokens, sent } = visitor(`http://localhost:${port}`, planted)
  const { token, refresh_token } = await tokens('sign-in', '/login', {
    username: 'admin',
    password: 'password',
  })
  const wrong = newPassword()
  planted.set('wrong password', wrong)
  await ask('/login', post({ username: 'admin', password: wrong }))
  await ask('/protected', bearer(token))
  await ask('/protected', bearer(tampered(token)))
  await ask(`/${token}`)
  await ask('/refresh', post({ refresh_token: `${refresh_token}x` }))
  await server.stop()
  planted.set(
    'key-encryption key',
    readFileSync(`${folder.path}/key-encryption-key`, 'utf8').trim(),
  )
  assert.match(server.output(), /signature_wrong/)
  assert.deepEqual(leaks(planted, new Map([['log', server.output()]])), [])
  assert.ok(leaks(planted, new Map([['requests', sent()]])).length >= 3)
})
