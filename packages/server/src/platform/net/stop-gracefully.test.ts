import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { serializeRequests } from './serialize-requests.ts'
import { listening } from './listening.fixture.ts'
import { stopGracefully } from './stop-gracefully.ts'

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

async function stoppable(handler: RequestListener) {
  const requests = serializeRequests(handler)
  const opened = await listening(requests.listener)
  return { ...opened, stop: (bound?: number) => stopGracefully(opened.server, requests, bound) }
}
const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

test('a request under way is answered, and its connection closes', async () => {
  const { server, client, stop } = await stoppable(
    (_, response) => void wait(300).then(() => response.end('ok')),
  )
  const socket = client()
  socket.write(get)
  await once(server, 'request')
  const stopped = stop()
  const answer = await text(socket)
  assert.match(answer, /^HTTP\/1\.1 200/)
  assert.match(answer, /connection: close/i)
  await stopped
})

test('the next request of an idle connection is answered, if it comes soon', async () => {
  const { client, stop } = await stoppable((_, response) => response.end('ok'))
  const [busy, idle] = [client(), client()]
  const idleEnded = once(idle.resume(), 'end')
  idle.write(get)
  busy.write(get)
  await Promise.all([once(busy, 'data'), once(idle, 'data')])
  const stopped = stop()
  await wait(10)
  busy.write(get)
  assert.match(await text(busy), /200.*connection: close/is)
  await idleEnded
  await stopped
  await assert.rejects(once(client().removeAllListeners('error'), 'connect'), {
    code: 'ECONNREFUSED',
  })
})

test('a request that takes too long is cut off', async () => {
  const { server, client, stop } = await stoppable(() => {})
  const socket = client()
  socket.write(get)
  await once(server, 'request')
  const late = AbortSignal.timeout(60_000)
  await Promise.race([
    stop(700),
    once(late, 'abort').then(() => assert.fail('it waits for what takes too long')),
  ])
})
