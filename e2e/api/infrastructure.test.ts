import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { test } from 'node:test'
import { testServer } from '@countersign/server/testing'
import { fixedClock } from '@countersign/token/testing'
import { scratch } from '@countersign/testing/files'
import { blockOf, importBlock } from '@countersign/testing/guides'
import { request, signIn } from '../../packages/server/src/http/api/api.fixture.ts'
import { assertionType, post } from '../../packages/server/src/http/api/oauth/oauth.fixture.ts'

const issuer = 'https://auth.example.com'

test('the program of the guide brings resources, service accounts and users to a state, and changes nothing when it runs again', async (t) => {
  await using server = await testServer()
  const token = await signIn(server)
  const body = { name: 'deployer', scopes: ['admin:clients', 'admin:users'] }
  const deployer = await request(server, 'POST /admin/clients', { token, body })
  process.env['CLIENT_ID'] = String(deployer.body['id'])
  process.env['CLIENT_SECRET'] = String(deployer.body['client_secret'])
  t.mock.method(globalThis, 'fetch', (url: string, init: RequestInit) =>
    server.fetch(new Request(url.replace(issuer, 'http://localhost:5000'), init)),
  )
  const printed = t.mock.method(console, 'log', () => undefined)
  const program = stripTypeScriptTypes(blockOf('machines.md', 'ts', 2))
  const run = (turn: number) =>
    import(`data:text/javascript,${encodeURIComponent(`${program}\n// run ${turn}`)}`)
  const state = async () => {
    const read = async (path: string) => (await request(server, `GET ${path}`, { token })).body
    const log = await read('/admin/audit-log?limit=1')
    return JSON.stringify([
      await read('/admin/resources'),
      await read('/admin/clients'),
      await read('/admin/users'),
      log['entries'],
    ])
  }
  await run(1)
  const after = await state()
  for (const part of ['notes:write', '"reporter"', '"grace"', '"editor"'])
    assert.ok(after.includes(part), part)
  assert.equal(printed.mock.callCount(), 2)
  await run(2)
  assert.equal(await state(), after)
  assert.equal(printed.mock.callCount(), 2)
})

test('the program of the guide makes a key pair, and assertions that a service account with its public key gets tokens for', async () => {
  await using server = await testServer({}, fixedClock(Math.floor(Date.now() / 1000))) // the program has the machine's clock
  using folder = scratch()
  const before = process.cwd()
  process.chdir(folder.path)
  const { assertionOf } = await importBlock<{
    readonly assertionOf: (clientId: string, issuer: string) => string
  }>('machines.md', 1).finally(() => process.chdir(before))
  const jwks: unknown = JSON.parse(readFileSync(`${folder.path}/keys.json`, 'utf8'))
  const body = { name: 'signing', scopes: ['admin:users'], jwks }
  const made = await request(server, 'POST /admin/clients', { token: await signIn(server), body })
  const answer = await post(server, '/oauth/token', {
    grant_type: 'client_credentials',
    client_assertion_type: assertionType,
    client_assertion: assertionOf(String(made.body['id']), 'http://localhost:5000'),
  })
  assert.equal(answer.body['scope'], 'admin:users')
})
