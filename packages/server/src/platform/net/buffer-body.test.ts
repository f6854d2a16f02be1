import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { listening } from './listening.fixture.ts'
import { bufferBody } from './buffer-body.ts'

const most = 1000

async function startServer() {
  const begun: (number | undefined)[] = []
  const listener = bufferBody(
    (request, response) => {
      const { rawBody } = request as IncomingMessage & { rawBody?: Buffer }
      begun.push(rawBody?.length)
      response.end(String(rawBody ?? 'none').slice(0, 10))
    },
    () => most,
  )
  return { begun, ...(await listening(listener)) }
}

const head = (...headers: readonly string[]) =>
  ['POST / HTTP/1.1', 'Host: x', ...headers, '', ''].join('\r\n')
const close = 'Connection: close'
const chunked = 'Transfer-Encoding: chunked'

test('a request is handled when its last byte has arrived, not before', async () => {
  using server = await startServer()
  const socket = server.client()
  socket.write(`${head(close, 'Content-Length: 6')}hello`)
  await wait(50)
  assert.deepEqual(server.begun, [])
  socket.write('!')
  assert.match(await text(socket), /200 OK.*hello!$/s)
})

test('a request without a body is handled at once, a chunked one after its last chunk', async () => {
  using server = await startServer()
  const [none, empty, chunks] = [server.client(), server.client(), server.client()]
  none.write(head(close))
  empty.write(head(close, 'Content-Length: 0'))
  chunks.write(`${head(close, chunked)}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`)
  assert.match(await text(none), /none$/)
  assert.match(await text(empty), /none$/)
  assert.match(await text(chunks), /abcde$/)
})

test('a body that is too large, or comes byte by byte, is refused and not kept', async () => {
  using server = await startServer()
  const endless = '1\r\na\r\n'.repeat(900)
  const rows: readonly (readonly [string, string])[] = [
    [head('Content-Length: 1001'), 'said'],
    [`${head(chunked)}3e9\r\n${'a'.repeat(1001)}`, 'unsaid'],
    [head(chunked) + endless, 'in pieces'],
  ]
  for (const [bytes, name] of rows) {
    const socket = server.client()
    socket.write(bytes)
    assert.match(await text(socket), /Connection: close/, name)
    assert.equal(server.begun.pop(), most + 1, name)
  }
})

test('a client that is still sending gets the answer: the connection is not reset while a refused body arrives', async () => {
  using server = await startServer()
  for (let round = 0; round < 20; round++) {
    const socket = server.client()
    const length = 800_000
    socket.write(head(`Content-Length: ${length}`))
    const answer = text(socket)
    for (let sent = 0; sent < length; sent += 100_000) {
      socket.write('a'.repeat(100_000))
      await wait(1)
    }
    assert.match(await answer, /Connection: close/)
  }
})

test('a request whose client disconnects within the body is never handled', async () => {
  using server = await startServer()
  const socket = server.client()
  socket.write(`${head('Content-Length: 6')}hell`)
  await wait(30)
  socket.destroy()
  await wait(50)
  assert.deepEqual(server.begun, [])
})
