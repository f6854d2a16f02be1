import { createGuard } from '@countersign/guard'
import { createServer, loadConfig } from '@countersign/server'
import { freePort, post } from '@countersign/testing/http'
import { checksum } from '@countersign/token/internal'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setImmediate, setTimeout } from 'node:timers/promises'

const timeout = 20_000 // milliseconds; it takes a few on an idle machine
const audience = 'https://notes.example.com'

/** Creates a guard of that issuer, and counts its exchanges. */
function countingGuard(issuer: string) {
  const sent = { exchanges: 0 }
  const guard = createGuard({
    issuer,
    audience,
    apiTokens: true,
    revocation: 'feed',
    maxExplanations: 0,
    onEvent: () => undefined,
    fetch(input, init) {
      if (String(input).endsWith('/oauth/token')) sent.exchanges++
      return fetch(input, init)
    },
  })
  const ask = async (token: string, ...scopes: string[]) => {
    const roles = scopes.includes('roles') ? ['editor'] : []
    const answer = await guard.checkToken(token, { scopes, roles })
    return answer.allowed ? 'allowed' : answer.problem.code
  }
  return { guard, sent, ask, [Symbol.dispose]: () => guard.close() }
}

test('two guards exchange an API token of a real server once each, and refuse it as soon as its user revokes it', async () => {
  const port = String(await freePort())
  const issuer = `http://localhost:${port}`
  const env = {
    COUNTERSIGN_HTTP_PORT: port,
    COUNTERSIGN_DATABASE_URL: 'sqlite::memory:',
    COUNTERSIGN_LOG_LEVEL: 'silent',
  }
  await using server = await createServer(loadConfig({ mode: 'development', env }))
  await server.listen()
  const { body: signedIn } = await post(`${issuer}/login`, { username: 'admin', password: 'password' }) // prettier-ignore
  const call = async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${String(signedIn['token'])}`, 'content-type': 'application/json' } // prettier-ignore
    const init = body ? { method, headers, body: JSON.stringify(body) } : { method, headers }
    const response = await fetch(`${issuer}${path}`, init)
    const text = await response.text()
    assert.ok(response.ok, `${method} ${path}: ${text}`)
    return (text === '' ? {} : JSON.parse(text)) as Readonly<Record<string, unknown>>
  }
  const make = async (name: string) => {
    const made = await call('POST', '/me/tokens', { name, scopes: ['notes:read', 'roles'], resource: audience }) // prettier-ignore
    return { token: String(made['token']), id: String(made['id']) }
  }
  await call('POST', '/admin/resources', { audience, scopes: ['notes:read', 'notes:write'] })
  const [backup, other] = [await make('backup'), await make('other')]

  using one = countingGuard(issuer)
  using two = countingGuard(issuer)
  const both = [one, two]
  for (const { ask, sent } of both) {
    const answers = Array.from({ length: 100 }, () => ask(backup.token, 'notes:read'))
    assert.deepEqual(new Set(await Promise.all(answers)), new Set(['allowed']))
    assert.equal(await ask(backup.token, 'notes:write'), 'scope_missing')
    assert.equal(sent.exchanges, 1)
    assert.equal(await ask(other.token), 'allowed')
    const body = randomBytes(32).toString('base64url') + randomBytes(64).toString('base64url')
    for (let n = 0; n < 3; n++)
      assert.equal(await ask(`csk_${body}${checksum(body)}`), 'token_invalid', 'made up')
    assert.equal(sent.exchanges, 3)
  }

  const isFed = () => both.every(({ guard }) => guard.health().lists[0]?.feed === 'open')
  for (const from = Date.now(); !isFed(); await setTimeout(5))
    assert.ok(Date.now() - from < timeout, 'the feed is not connected')
  await call('DELETE', `/me/tokens/${backup.id}`)
  const from = performance.now()
  for (const { ask } of both)
    while ((await ask(backup.token)) === 'allowed') {
      assert.ok(performance.now() - from < timeout, 'it is still accepted')
      await setImmediate() // a check in memory leaves the feed no turn
    }
  console.log(`refused by both guards after ${(performance.now() - from).toFixed(1)} ms`)
  for (const { ask } of both) {
    assert.match(await ask(backup.token), /^token_(invalid|revoked)$/)
    assert.equal(await ask(other.token), 'allowed')
  }

  const { id } = await call('GET', '/me')
  assert.equal(await one.ask(other.token, 'roles'), 'role_missing')
  await call('PATCH', `/admin/users/${String(id)}`, { roles: ['admin', 'editor'] })
  const changedAt = Date.now()
  for (const { ask } of both)
    for (let seen = ''; seen !== 'allowed'; await setImmediate()) {
      seen = await ask(other.token, 'roles')
      assert.match(seen, /^(allowed|role_missing)$/, 'no request is refused for the change')
      assert.ok(Date.now() - changedAt < timeout)
    }
})
