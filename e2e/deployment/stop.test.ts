import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { scratch } from '@countersign/testing/files'
import { freePort, post } from '@countersign/testing/http'
import { countersign, start } from '@countersign/testing/process'

async function startServer(folder: string) {
  const port = await freePort()
  const env = {
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_DATABASE_URL: `sqlite:${folder}/d.db`,
    COUNTERSIGN_LOG_LEVEL: 'warn',
    NODE_OPTIONS: `--import=${probe}`,
  }
  return { port, server: await start([...countersign, 'dev'], { env }) }
}

/** A failed request: its local port, and whether its connection had served a request before. */
interface FailedRequest {
  readonly from: number
  readonly reused: boolean
}

/** Loaded into the server's process: prints the client's port of each accepted connection. */
const probe = `data:text/javascript,import{subscribe}from'node:diagnostics_channel';subscribe('net.server.socket',({socket})=>console.log('accepted:'+socket.remotePort+'.'))`

/** Sends one request; returns its status, or rejects with the error of the socket. */
function send(port: number, agent: Agent | false, body?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const path = body === undefined ? '/.well-known/jwks.json' : '/login'
    const method = body === undefined ? 'GET' : 'POST'
    const headers = { 'content-type': 'application/json' }
    const outgoing = request(
      { host: '127.0.0.1', port, path, method, headers, agent },
      (answer) => {
        answer.resume().on('error', reject)
        answer.on('end', () => {
          if (answer.complete) resolve(answer.statusCode ?? 0)
          else reject(new Error('a response was cut off'))
        })
      },
    )
    let from = 0
    outgoing.on('socket', (socket) => {
      if (socket.connecting) socket.once('connect', () => (from = socket.localPort ?? 0))
    })
    outgoing.on('error', (error) =>
      reject(Object.assign(error, { from, reused: outgoing.reusedSocket })),
    )
    outgoing.end(body)
  })
}

test('a server that is stopped under load answers every accepted request', async () => {
  for (let round = 0; round < 3; round++) {
    using folder = scratch()
    const { port, server } = await startServer(folder.path)
    await using running = server
    const login = JSON.stringify({ username: 'admin', password: 'password' })
    const failed: string[] = []
    const reset: number[] = []
    let answered = 0
    async function worker(at: number) {
      const agent = at % 3 === 0 ? false : new Agent({ keepAlive: true, maxSockets: 1 })
      for (;;) {
        try {
          const status = await send(port, agent, at % 2 === 0 ? login : undefined)
          if (status !== 200 && status !== 503) failed.push(String(status))
          answered++
        } catch (error) {
          const { code, message, from, reused } = error as NodeJS.ErrnoException & FailedRequest
          if (code === 'ECONNRESET' && !reused) reset.push(from)
          else if (code !== 'ECONNREFUSED') failed.push(`${at}: ${code ?? ''} ${message}`)
          return // the server no longer listens
        }
      }
    }
    const workers = Promise.all(Array.from({ length: 12 }, (_, at) => worker(at)))
    const isBusy = () => answered > 100 || failed.length > 0
    while (!isBusy()) await wait(20)
    running.signal('SIGTERM')
    await workers
    assert.equal(await running.ended, 0)
    assert.deepEqual(failed, [])
    // The kernel resets waiting connections when a listening socket closes; none of them was accepted by the server.
    for (const from of reset)
      assert.ok(!running.output().includes(`accepted:${from}.`), 'an accepted connection was reset')
    assert.match(running.output(), /accepted:\d+\./)
    assert.ok(answered > 50, String(answered))
    assert.doesNotMatch(running.output(), /ERROR/)
  }
})

test('a second signal stops it at once', async () => {
  using folder = scratch()
  const { port, server } = await startServer(folder.path)
  await using running = server
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  await once(socket, 'connect')
  socket.write(
    'POST /login HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n',
  )
  const [begun] = (await once(socket, 'data')) as [Buffer]
  assert.match(begun.toString(), /^HTTP\/1\.1 100 /) // so the server has the head and waits for the body
  socket.write('{')
  running.signal('SIGTERM')
  const first = await Promise.race([running.ended, wait(1500, 'still running')])
  assert.equal(first, 'still running', 'a request is unfinished')
  running.signal('SIGINT')
  assert.equal(await running.ended, 130)
  socket.destroy()
})

test('a client of the revocation feed does not delay the stop, and its stream ends', async () => {
  using folder = scratch()
  const { port, server } = await startServer(folder.path)
  await using running = server
  const url = `http://127.0.0.1:${port}`
  const admin = { username: 'admin', password: 'password' }
  assert.equal((await post(`${url}/login`, admin)).status, 200)
  const { status_lists: lists } = (await (await fetch(`${url}/status-lists`)).json()) as {
    status_lists: readonly string[]
  }
  const { pathname } = new URL(lists[0] ?? '')
  const feed = await fetch(`${url}${pathname}/feed`)
  assert.equal(feed.headers.get('content-type'), 'text/event-stream')
  const reader = feed.body!.pipeThrough(new TextDecoderStream()).getReader()
  let seen = ''
  const read = async () => {
    const { done, value = '' } = await reader.read()
    seen += value
    return !done
  }
  while (!seen.includes('event: status')) assert.ok(await read())
  const from = performance.now()
  running.signal('SIGTERM')
  assert.equal(await running.ended, 0)
  assert.ok(
    performance.now() - from < 9000,
    'the server stops before the ten seconds after which it cuts off connections',
  )
  while (await read());
})
