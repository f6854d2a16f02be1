import { createTestIssuer } from '@countersign/guard/testing'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { createListener } from './app.ts'

const lifetime = 900 // seconds, of every token of a test issuer
const almost = Math.floor(Date.now() / 1000) - lifetime + 2
const issuer = createTestIssuer({ now: almost }) // its tokens end in two seconds of real time
const server = createServer(createListener(issuer.guard()))
let url = ''

before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/time`
})

after(() => server.close())

test('a stream starts with a valid token only', async () => {
  assert.equal((await fetch(url)).status, 401)
  const headers = { authorization: `Bearer ${issuer.badToken('expired')}` }
  assert.equal((await fetch(url, { headers })).status, 401)
})

test('a stream ends when its token expires', async () => {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${issuer.token()}` } })
  assert.equal(answer.headers.get('content-type'), 'text/event-stream')
  const events = (await answer.text()).match(/"for":"ada"/g) ?? []
  assert.ok(events.length >= 1 && events.length <= 4, `${events.length} events`)
})
