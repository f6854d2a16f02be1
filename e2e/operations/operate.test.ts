import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { countersignHere } from '../../packages/server/src/cli/in-process.fixture.ts'
import { scratch } from '@countersign/testing/files'
import { freePort, get, post } from '@countersign/testing/http'
import { countersign, run, start } from '@countersign/testing/process'
import { tampered } from '@countersign/testing/tokens'

const password = 'correct horse battery'

test('an operator learns why a request was refused, signs a user out, and runs the doctor', async () => {
  using folder = scratch()
  const port = await freePort()
  const url = `http://localhost:${port}`
  writeFileSync(`${folder.path}/key`, randomBytes(32).toString('base64'), { mode: 0o600 })
  const env = {
    COUNTERSIGN_ISSUER_URL: url,
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/auth.db`,
    COUNTERSIGN_KEYS_ENCRYPTION_KEY_FILE: `${folder.path}/key`,
  }
  const command = async (line: string, input = '') => {
    const { code, output } = await countersignHere(line.split(' '), { env, input })
    return { code, output }
  }
  assert.equal((await command('user add ada', password)).code, 0)
  await using server = await start([...countersign, 'serve'], { env })
  const { body } = await post(`${url}/login`, { username: 'ada', password })
  const token = String(body['token'])

  const refused = await get(`${url}/me`, tampered(token))
  const id = String(refused.headers.get('x-request-id'))
  const written = new RegExp(`"${id}".*"msg":"request"`)
  for (let left = 6000; left > 0 && !written.test(server.output()); left--) await setTimeout(10)
  writeFileSync(`${folder.path}/log`, server.output())
  const why = await command(`explain ${id} --log ${folder.path}/log`)
  assert.equal(why.code, 3)
  assert.match(why.output, /GET \/me\n[^]*401 after[^]*signature_wrong\n[^]*check +signature/)
  assert.ok(!why.output.includes(token))

  const far = await command(`token verify --issuer ${url}`, token)
  assert.equal(far.code, 0, far.output)
  assert.match(far.output, /The session is not checked here/)
  const good = await command('explain', `Bearer ${token}\n`)
  assert.deepEqual([good.code, /ok +session .*alive\n/.test(good.output)], [0, true], good.output)
  assert.match((await command('session list ada')).output, /^s_\S+ +20/m)
  assert.match((await command('session end --user ada --yes')).output, /Ended 1 session of ada/)
  const ended = await command('explain', token)
  assert.equal(ended.code, 3)
  // [18.25] The table ends with the check that failed.
  assert.match(
    ended.output,
    /\nno +session .*ended 20.*ended_by_administrator.*\nRefused: token_revoked\n/,
  )
  assert.doesNotMatch(ended.output, /is valid/)
  const checked = await command('token verify --json', token)
  assert.equal(checked.code, 3)
  assert.match(checked.output, /"accepted": false,\n +"code": "token_revoked"/)
  assert.equal((await post(`${url}/refresh`, { refresh_token: body['refresh_token'] })).status, 401)

  const well = await command('doctor')
  assert.equal(well.code, 0, well.output)
  assert.match(well.output, /ok +signing keys +ES256.*the next one is ready/)
  assert.match(well.output, new RegExp(`ok +issuer +${url} answers`))
  chmodSync(`${folder.path}/key`, 0o644)
  const sick = await command('doctor --json')
  assert.equal(sick.code, 3)
  const found = JSON.parse(sick.output) as readonly Readonly<Record<string, string>>[]
  const wrong = found.filter(({ verdict }) => verdict === 'fail')
  assert.deepEqual(
    wrong.map(({ check }) => check),
    ['files'],
  )
})

test('a developer queries the database and the log of development', async () => {
  using folder = scratch()
  const port = await freePort()
  const env = {
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/dev.db`,
  }
  await using server = await start([...countersign, 'dev'], { env })
  const refused = await get(`http://localhost:${port}/me`, 'no.such.token')
  const id = String(refused.headers.get('x-request-id'))
  const written = new RegExp(`request .*"${id}"`)
  for (let left = 6000; left > 0 && !written.test(server.output()); left--) await setTimeout(10)
  writeFileSync(`${folder.path}/log`, server.output())
  const command = (line: string, input = '') =>
    countersignHere([...line.split(' '), '--development'], { env, input })
  const why = await command(`explain ${id} --log ${folder.path}/log`)
  assert.match(why.output, /GET \/me\n +answer +401[^]*Refused: token_malformed/)
  assert.match((await command('user list')).output, /^admin /m)
  const { body } = await post(`http://localhost:${port}/login`, {
    username: 'admin',
    password: 'password',
  })
  assert.match((await command('explain', String(body['token']))).output, /ok +session .*alive\n/)
  const serve = await run([...countersign, 'serve', '--development'], { env })
  assert.deepEqual([serve.code, /unknown option/.test(serve.output)], [2, true])
})
