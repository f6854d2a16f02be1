import { createTestIssuer } from '@countersign/guard/testing'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { createApp } from './app.ts'

const issuer = createTestIssuer()
const server = createServer(createApp(issuer.guard()).callback())
let url = ''

before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/notes`
})

after(() => server.close())

const ask = (method: string, token: string) =>
  fetch(url, { method, headers: { authorization: `Bearer ${token}` } })

test('only users with a valid token can read', async () => {
  const answer = await ask('GET', issuer.token())
  assert.deepEqual(await answer.json(), { notes: [], for: 'ada' })
  assert.equal((await fetch(url)).status, 401)
  assert.equal((await ask('GET', issuer.badToken('tampered with'))).status, 401)
})

test('a user with the scope can write; otherwise the challenge names the missing scope', async () => {
  const refused = await ask('POST', issuer.token({ scope: 'notes:read' }))
  assert.equal(refused.status, 403)
  assert.match(refused.headers.get('www-authenticate') ?? '', /scope="notes:write"/)
  assert.equal((await ask('POST', issuer.token({ scope: 'notes:read notes:write' }))).status, 201)
})
