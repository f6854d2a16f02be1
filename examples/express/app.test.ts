import { createTestIssuer } from '@countersign/guard/testing'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { createApp, settingsOf } from './app.ts'

const issuer = createTestIssuer()
const server = createServer(createApp(issuer.guard(settingsOf('https://auth.example.com'))))
let url = ''

before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/notes`
})

after(() => server.close())

const token = issuer.token()
const write = (headers: Readonly<Record<string, string>>) =>
  fetch(url, {
    method: 'POST',
    body: 'milk',
    headers: { 'content-type': 'text/plain', ...headers },
  })

test('a program sends its token in the header', async () => {
  assert.equal((await write({ authorization: `Bearer ${token}` })).status, 201)
  const read = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
  assert.deepEqual(await read.json(), ['milk'])
  assert.equal((await fetch(url)).status, 401)
})

test('a browser sends its cookie, and only pages of this site may write with it', async () => {
  const cookie = `__Host-countersign_access=${token}`
  assert.equal((await fetch(url, { headers: { cookie } })).status, 200)
  assert.equal((await write({ cookie, origin: url.replace('/notes', '') })).status, 201)
  assert.equal((await write({ cookie, origin: 'https://evil.example' })).status, 403)
})

test('deleting everything is for administrators', async () => {
  const erase = (roles: readonly string[]) =>
    fetch(url, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${issuer.token({ roles })}` },
    })
  assert.equal((await erase(['editor'])).status, 403)
  assert.equal((await erase(['admin'])).status, 204)
})
