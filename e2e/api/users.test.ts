import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { countersignHere } from '../../packages/server/src/cli/in-process.fixture.ts'
import { scratch } from '@countersign/testing/files'
import { freePort, get, post } from '@countersign/testing/http'
import { countersign, start } from '@countersign/testing/process'

const [first, second] = ['correct horse battery', 'donaudampfschiffahrt']

/** Returns the settings of a server with a folder of its own, and its commands. */
async function operator(folder: string) {
  const port = await freePort()
  const env = {
    COUNTERSIGN_DATABASE_URL: `sqlite:${folder}/users.db`,
    COUNTERSIGN_ISSUER_URL: `http://localhost:${port}`,
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  }
  return {
    url: `http://localhost:${port}`,
    serve: (more: Readonly<Record<string, string>> = {}) =>
      start([...countersign, 'serve'], { env: { ...env, ...more } }),
    user: (line: string, input = '') =>
      countersignHere(['user', ...line.split(' ')], { env, input }),
  }
}

test('an operator creates, shows, changes, disables and deletes a user while the server runs', async () => {
  using folder = scratch()
  const { url, serve, user } = await operator(folder.path)
  await using server = await serve()
  const expectOutput = async (line: string, expected: RegExp, input = '') => {
    const { code, output } = await user(line, input)
    assert.match(output, expected)
    assert.doesNotMatch(output, /    at /, 'no stack trace')
    return code
  }
  const login = (password: string) => post(`${url}/login`, { username: 'ada', password })
  const refresh = async (token: unknown) =>
    (await post(`${url}/refresh`, { refresh_token: token })).body
  const claims = (token: unknown) =>
    JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString()) as {
      readonly roles?: readonly string[]
    }

  assert.equal(
    await expectOutput(
      'add Ada --email ada@example.com --roles admin',
      /Added the user Ada/,
      `${first}\n`,
    ),
    0,
  )
  assert.equal(await expectOutput('add Eva --email ADA@example.com', /email_taken/, first), 1)
  const signedIn = (await login(first)).body
  assert.deepEqual(claims(signedIn['token']).roles, ['admin'])
  assert.equal(await expectOutput('set-roles ada billing:read support', /billing:read, support/), 0)
  const refreshed = await refresh(signedIn['refresh_token'])
  assert.deepEqual(claims(refreshed['token']).roles, ['billing:read', 'support'])
  const me = (await get(`${url}/me`, String(refreshed['token']))).body
  assert.deepEqual([me['email'], me['roles']], ['ada@example.com', ['billing:read', 'support']])

  assert.equal(
    await expectOutput('show ADA', /ada@example\.com[^]*support[^]*active[^]*1 session/),
    0,
  )
  assert.equal(await expectOutput('disable ada --yes', /Disabled Ada; ended 1 session/), 0)
  assert.equal(await expectOutput('list', /Ada .*disabled since/), 0)
  assert.equal((await refresh(refreshed['refresh_token']))['code'], 'session_ended')
  assert.equal((await login(first)).status, 401)
  assert.equal(await expectOutput('enable ada', /Enabled Ada/), 0)
  const again = (await login(first)).body

  assert.equal(
    await expectOutput('set-password ada', /password_personal/, 'ada-ada-ada-ada-ada'),
    1,
  )
  assert.equal(await expectOutput('set-password ada', /ended 1 session/, second), 0)
  assert.equal((await refresh(again['refresh_token']))['code'], 'session_ended')
  assert.deepEqual([(await login(first)).status, (await login(second)).status], [401, 200])

  assert.equal(await expectOutput('set-email ada', /no e-mail address/), 0)
  assert.equal(await expectOutput('set-roles ada', /no roles/), 0)
  assert.equal(await expectOutput('delete ada', /Add --yes.*confirmation_missing/), 1)
  assert.equal(await expectOutput('delete ada --yes', /Deleted Ada; ended 1 session/), 0)
  for (const line of ['show', 'disable', 'enable', 'set-roles', 'set-email'])
    assert.equal(await expectOutput(`${line} ada`, /user_unknown/), 1)
  assert.equal(await expectOutput('list', /No users/), 0)
  for (const text of [first, second]) assert.ok(!server.output().includes(text))
})

test('a pepper is added and replaced while users sign in, and the database contains neither the pepper nor a password', async () => {
  using folder = scratch()
  const { url, serve, user } = await operator(folder.path)
  const [old, next] = [randomBytes(32), randomBytes(32)].map((one) => one.toString('base64'))
  await user('add ada', first)
  const statuses = []
  for (const more of [
    { COUNTERSIGN_PASSWORDS_PEPPER: old! },
    { COUNTERSIGN_PASSWORDS_PEPPER: next!, COUNTERSIGN_PASSWORDS_PREVIOUS_PEPPERS: old! },
    { COUNTERSIGN_PASSWORDS_PEPPER: next!, COUNTERSIGN_PASSWORDS_HASH_PASSES: '3' },
    {},
  ]) {
    const server = await serve(more)
    const { status, body } = await post(`${url}/login`, { username: 'ada', password: first })
    statuses.push(status === 200 ? status : body['code'])
    const wrong = await post(`${url}/login`, { username: 'ada', password: second })
    if (status === 200) assert.equal(wrong.status, 401)
    await server.stop()
    for (const text of [old!, next!, first]) assert.ok(!server.output().includes(text))
    if (status !== 200) assert.match(server.output(), /pepper_missing/)
  }
  assert.deepEqual(
    statuses,
    [200, 200, 200, 'credentials_wrong'],
    'without its pepper no password is right',
  )
  for (const name of readdirSync(folder.path)) {
    const bytes = readFileSync(join(folder.path, name))
    for (const text of [old!, next!])
      assert.ok(!bytes.includes(text) && !bytes.includes(Buffer.from(text, 'base64')), name)
    assert.ok(!bytes.includes(first), name)
  }
  const stored = readFileSync(join(folder.path, 'users.db'), 'latin1')
  assert.match(stored, /\$argon2id\$v=19\$m=19456,t=3,p=1,keyid=/)
})
