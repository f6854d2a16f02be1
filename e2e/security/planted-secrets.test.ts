import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Client } from 'pg'
import { countersignHere } from '../../packages/server/src/cli/in-process.fixture.ts'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { administer, operator, overTls, ownKey, plantStored } from './planted-operator.fixture.ts'
import { exerciseFactors } from './planted-factors.fixture.ts'
import {
  bearer,
  formsOf,
  leaks,
  newPassword,
  post,
  exercise,
  recordingClient,
  type Outputs,
  type Planted,
} from './planted-secrets.fixture.ts'
import { scratch } from '@countersign/testing/files'
import { freePort } from '@countersign/testing/http'
import { countersign, printSpans, run, start } from '@countersign/testing/process'
import { tampered } from '@countersign/testing/tokens'

/** Runs commands with secrets in their settings, arguments or input, and returns what they print. */
async function commands(
  env: Readonly<Record<string, string>>,
  planted: Planted,
  token: string,
  key: string,
): Promise<Outputs> {
  const outputs: Outputs = new Map()
  const runCommand = async (
    line: string,
    input = '',
    more: Readonly<Record<string, string>> = {},
  ) => {
    const options = { env: { ...env, ...more }, input }
    const { output } = await countersignHere(line.split(' '), options)
    assert.ok(output.length > 0, line)
    outputs.set(`countersign ${line}`, `${outputs.get(`countersign ${line}`) ?? ''}${output}`)
  }
  const short = 'planted short'
  planted.set('short password', short)
  const nowhere = new URL(readFileSync(env['COUNTERSIGN_DATABASE_URL_FILE'] ?? '', 'utf8'))
  nowhere.port = String(await freePort())
  await runCommand('user add eva', short)
  await runCommand('user show ada --json')
  await runCommand('session list ada')
  await runCommand('config')
  await runCommand('config --json')
  await runCommand('doctor')
  await runCommand('key list')
  await runCommand('audit-log list')
  await runCommand('explain', token)
  await runCommand('token verify --json', tampered(token))
  for (const line of ['serve --help', 'serve --help-settings', 'user add --help'])
    await runCommand(line)
  await runCommand('user invite --help')
  await runCommand('user list --json')
  await runCommand(`token sign ada --issuer https://dev.example --lifetime 9d --key ${key}`)
  await runCommand(`token sign ada --issuer https://dev.example --algorithm HS256 --key ${key}`)
  await runCommand(`token verify --issuer https://dev.example --keys ${key}`, token)
  await runCommand('key list --keys-encryption-key x') // there is no such option: a secret is never an argument
  await runCommand('key list', '', {
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: planted.get('PASSWORDS_PEPPER') ?? '',
  })
  await runCommand('key list', '', { COUNTERSIGN_PASSWORDS_PEPPER: short })
  await runCommand('key list', '', { COUNTERSIGN_DATABASE_URL: String(nowhere) })
  await runCommand('key list', '', { COUNTERSIGN_DATABASE_URL: `${String(nowhere)}:x` })
  return outputs
}

/** Returns the command lines of all processes that are visible. */
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

test('no planted secret shows in logs, responses, metrics, traces, help, settings or process titles', async (t) => {
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
  const exercised = await exercise(`http://localhost:${port}`, planted, password)
  const grace = newPassword()
  planted.set('password of a user with a factor', grace)
  const other = await run([...countersign, 'user', 'add', 'grace'], { env, input: grace })
  assert.equal(other.code, 0, other.output)
  const factors = await exerciseFactors(`http://localhost:${port}`, planted, 'grace', grace)
  const administered = await administer(`http://localhost:${port}`, env, planted)
  await plantStored(url, key, planted)
  const titles = commandLines()
  const own = ownKey(folder.path, planted)
  const outputs = await commands(env, planted, planted.get('sign-in: access token') ?? '', own)
  outputs.set('the output of a server with TLS', await overTls(folder.path, planted))

  // Break the database, so that unexpected errors occur.
  const client = new Client(url)
  await client.connect()
  await client.query('alter table sessions rename to gone')
  await client.end()
  const { response } = await exercised.send('/login', post({ username: 'ada', password }))
  assert.ok(response.status >= 500)

  const scraped = await fetch(`http://localhost:${metricsPort}/metrics`, bearer(token))
  outputs.set('metrics', await scraped.text())
  const refused = [exercised, factors, administered].map((one) => one.refused())
  outputs.set('refused responses', refused.join(''))
  outputs.set('process titles', titles)
  outputs.set('user add', added.output)
  await server.stop()
  outputs.set('log and traces', server.output())

  assert.match(outputs.get('metrics') ?? '', /logins_total\{outcome="signed_in"\} [2-9]/)
  assert.match(server.output(), /"likelyCause":/)
  assert.match(server.output(), /name: 'POST \/login'/, 'spans are printed')
  assert.match(server.output(), /"msg":"failed"/)
  assert.match(titles, /serve/)
  assert.deepEqual(leaks(planted, outputs), [])
  const sent = [exercised, factors, administered].map((one) => one.sent())
  assertFound(planted, sent.join(''), outputs)
})

/** Checks the search itself: it finds each secret in each form behind the end of each output, and the sent secrets in the requests. */
function assertFound(planted: Planted, sent: string, outputs: Outputs): void {
  const ends = [...outputs].map(([place, text]) => [place, text.slice(-1000)] as const)
  for (const [name, secret] of planted) {
    const one = new Map([[name, secret]])
    for (const form of formsOf(secret))
      for (const [place, end] of ends)
        assert.equal(leaks(one, new Map([[place, `${end} ${form} `]])).length, 1)
  }
  const leaked = leaks(planted, new Map([['requests', sent]]))
  const found = new Set(leaked.map((line) => line.split(' shows')[0]))
  for (const name of [
    'password',
    'wrong password',
    'sign-in: refresh token',
    'refresh: access token',
    'cookie 1',
    'cookie 2',
    'invitation fromCommand',
    'invitation overHttp',
    'password that an administrator set',
    'recovery code 0',
    'wrong recovery code',
    'pending sign-in 0',
  ])
    assert.ok(found.has(name), `${name} was sent, but the search does not find it in the requests`)
}

test('the readable log of development contains no token and no wrong password', async () => {
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
  const { send, tokens, sent } = recordingClient(`http://localhost:${port}`, planted)
  const { token, refresh_token } = await tokens('sign-in', '/login', {
    username: 'admin',
    password: 'password',
  })
  const wrong = newPassword()
  planted.set('wrong password', wrong)
  await send('/login', post({ username: 'admin', password: wrong }))
  await send('/protected', bearer(token))
  await send('/protected', bearer(tampered(token)))
  await send(`/${token}`)
  await send('/refresh', post({ refresh_token: `${refresh_token}x` }))
  await server.stop()
  planted.set(
    'key-encryption key',
    readFileSync(`${folder.path}/key-encryption-key`, 'utf8').trim(),
  )
  assert.match(server.output(), /signature_wrong/)
  assert.deepEqual(leaks(planted, new Map([['log', server.output()]])), [])
  assert.ok(leaks(planted, new Map([['requests', sent()]])).length >= 3)
})
