import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { bufferBody } from './buffer-body.ts'
import { listening } from './listening.fixture.ts'
import { serializeRequests } from './serialize-requests.ts'

test('[18.10] a request of HTTP/1.0 with Transfer-Encoding is the last one of its connection', async () => {
  const handled: (string | undefined)[] = []
  const { listener } = serializeRequests(
    bufferBody(
      ({ url }, response) => {
        handled.push(url)
        response.end('ok')
      },
      () => 100,
    ),
  )
  using server = await listening(listener)
  const socket = server.client()
  const head = 'Host: x\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n'
  socket.write(
    `POST /first HTTP/1.0\r\n${head}2\r\nab\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n`,
  )
  const answer = await text(socket)
  assert.match(answer, /200 OK/)
  assert.match(answer, /Connection: close/i)
  assert.deepEqual(handled, ['/first'])
})
