import { createTestIssuer } from '@countersign/guard/testing'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { createListener } from './app.ts'

const lifetime = 900 // seconds, of every token of a test issuer
const issuer = createTestIssuer({ now: Math.floor(Date.now() / 1000) - 2 * lifetime })
const server = createServer(createListener(issuer.guard()))
let url = ''

before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/time`
})

after(() => server.close())

test('a stream begins with a good token only', async () => {
  assert.equal((await fetch(url)).status, 401)
  const headers = { authorization: `Bearer ${issuer.badToken('expired')}` }
  assert.equal((await fetch(url, { headers })).status, 401)
})

test('a stream ends by itself when its token ends', async () => {
  const almost = Math.floor(Date.now() / 1000) - lifetime + 4
  issuer.clock.advance(almost - issuer.clock.now()) // its tokens end in four seconds of real time
  const from = Date.now()
  const answer = await fetch(url, { headers: { authorization: `Bearer ${issuer.token()}` } })
  assert.equal(answer.headers.get('content-type'), 'text/event-stream')
  const events = (await answer.text()).match(/"for":"ada"/g) ?? []
  const most = 2 + (Date.now() - from) / 1000 // one at once, and one each second
  assert.ok(events.length >= 1 && events.length <= most, `${events.length} events`)
})
