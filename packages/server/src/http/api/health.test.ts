import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { freePort } from '@countersign/testing/http'
import { testServer } from '../../testing.ts'

test('[18.24] a plain health check without Host is answered, as load balancers send it', async () => {
  const port = await freePort()
  await using server = await testServer({ COUNTERSIGN_HTTP_PORT: String(port) })
  await server.listen()
  const ask = (request: string) => {
    const socket = connect(port, '127.0.0.1')
    socket.write(request)
    return text(socket)
  }
  for (const path of ['/health/live', '/health/ready']) {
    assert.match(await ask(`GET ${path} HTTP/1.0\r\n\r\n`), /^HTTP\/1\.\d 200 /, path)
    assert.match(await ask(`HEAD ${path} HTTP/1.0\r\n\r\n`), /^HTTP\/1\.\d 200 /, path)
    assert.match(
      await ask(`GET ${path} HTTP/1.1\r\nConnection: close\r\n\r\n`),
      /^HTTP\/1\.1 400 /,
      'HTTP/1.1 demands it (RFC 9112, section 3.2)',
    )
    assert.match(await ask(`GET ${path} HTTP/1.0\r\nHost:\r\n\r\n`), /^HTTP\/1\.\d 400 /)
  }
})
