import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '@countersign/testing/http'
import { testServer } from '../../testing.ts'

test('[18.25] a taken port is reported with the option that works under npm', async (t) => {
  const env = { COUNTERSIGN_HTTP_PORT: String(await freePort()) }
  await using first = await testServer(env)
  await using second = await testServer(env)
  await first.listen()
  const { npm_lifecycle_event: before } = process.env
  t.after(() => {
    if (before === undefined) delete process.env['npm_lifecycle_event']
    else process.env['npm_lifecycle_event'] = before
  })
  process.env['npm_lifecycle_event'] = 'start'
  await assert.rejects(second.listen(), /with npm start -- --http-port/)
})

test('one address can have a tenth of the connections, at least 16; a declared proxy has no quota', async () => {
  const port = await freePort()
  await using server = await testServer({
    COUNTERSIGN_HTTP_HOST: '127.0.0.1',
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_HTTP_MAX_CONNECTIONS: '70',
    COUNTERSIGN_PROXY_ADDRESSES: '127.0.0.3',
  })
  await server.listen()
  const sockets: Socket[] = []
  /** Connects so many times, asks once on each, and answers those that got an answer. */
  const answered = async (localAddress: string, count: number) => {
    const all = Array.from({ length: count }, () => {
      const socket = connect({ host: '127.0.0.1', port, localAddress }).on('error', () => {})
      sockets.push(socket)
      socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n')
      return new Promise<readonly Socket[]>((resolve) => {
        socket.once('data', () => resolve([socket])).once('close', () => resolve([]))
      })
    })
    return (await Promise.all(all)).flat()
  }
  try {
    const held = await answered('127.0.0.1', 40)
    assert.equal(held.length, 16)
    assert.equal((await answered('127.0.0.2', 3)).length, 3)
    assert.equal((await answered('127.0.0.3', 40)).length, 40)
    assert.equal((await answered('127.0.0.1', 1)).length, 0)
    for (const socket of held.slice(0, 2)) socket.destroy()
    for (let left = 3000; left > 0 && (await answered('127.0.0.1', 1)).length === 0; left--)
      await setTimeout(20)
    assert.equal((await answered('127.0.0.1', 1)).length, 1, 'a closed connection makes room')
    assert.equal((await answered('127.0.0.1', 1)).length, 0)
  } finally {
    for (const socket of sockets) socket.destroy()
  }
})
