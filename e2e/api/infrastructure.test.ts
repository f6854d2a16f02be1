import assert from 'node:assert/strict'
import { stripTypeScriptTypes } from 'node:module'
import { test } from 'node:test'
import { testServer } from '@countersign/server/testing'
import { blockOf } from '@countersign/testing/guides'
import { request, signIn } from '../../packages/server/src/http/api/api.fixture.ts'

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
  const program = stripTypeScriptTypes(blockOf('machines.md', 'ts', 1))
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
