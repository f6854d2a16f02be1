import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { serializeRequests } from './serialize-requests.ts'
import { listening } from './listening.fixture.ts'

async function startServer(handler: RequestListener) {
  const requests = serializeRequests(handler)
  return { requests, ...(await listening(requests.listener)) }
}

const ask = (name: number | string, ...headers: readonly string[]) =>
  [`GET /${name} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n')

test('pipelined requests are handled one after the other, in order', async () => {
  let [atOnce, most] = [0, 0]
  using server = await startServer(async ({ url }, response) => {
    most = Math.max(most, ++atOnce)
    await wait(20 - 2 * Number(url?.slice(1))) // those that come later are done sooner
    atOnce--
    response.end(`<${url}>`)
  })
  const socket = server.client()
  socket.write(Array.from({ length: 7 }, (_, at) => ask(at)).join('') + ask(7, 'Connection: close'))
  assert.deepEqual(
    (await text(socket)).match(/<.*?>/g)?.join(''),
    '</0></1></2></3></4></5></6></7>',
  )
  assert.equal(most, 1)
})

test('a connection with too many pipelined requests is closed, after one answer at most', async () => {
  let begun = 0
  using server = await startServer(async (_, response) => {
    begun++
    await wait(50)
    response.end('ok')
  })
  const socket = server.client()
  const ended = once(socket.resume(), 'close')
  socket.write(ask('a').repeat(1500))
  await ended
  await wait(100)
  assert.equal(begun, 1)
})

test('when a client disconnects, its waiting requests are never handled', async () => {
  const begun: string[] = []
  using server = await startServer(({ url = '' }) => void begun.push(url))
  const socket = server.client()
  socket.write(ask('one') + ask('two') + ask('three'))
  while (begun.length === 0) await wait(5)
  socket.destroy()
  await wait(50)
  assert.deepEqual(begun, ['/one'])
})

test('after closeAfterNextAnswer every waiting request is answered, the last with Connection: close', async () => {
  const begun: unknown[] = []
  using server = await startServer(async ({ url }, response) => {
    begun.push(url)
    await wait(30)
    response.end(`<${url}>`)
  })
  const socket = server.client()
  socket.write(ask('one') + ask('two') + ask('three'))
  while (begun.length === 0) await wait(5)
  server.requests.closeAfterNextAnswer()
  const said = await text(socket)
  assert.match(said, /<\/one>.*<\/two>.*<\/three>$/s)
  assert.deepEqual(said.match(/connection: [\w-]+/gi), [
    'Connection: keep-alive',
    'Connection: keep-alive',
    'Connection: close',
  ])
})
