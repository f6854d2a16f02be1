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

/** Of a request that failed: from which port it was sent, and whether its connection had served before. */
interface Sent {
  readonly from: number
  readonly reused: boolean
}

/** Loaded into the server's process: says of each connection that it takes from which port it came. */
const probe = `data:text/javascript,import{subscribe}from'node:diagnostics_channel';subscribe('net.server.socket',({socket})=>console.log('taken:'+socket.remotePort+'.'))`

/** Sends one request; answers its status, or fails with what the socket said. */
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
          else reject(new Error('an answer was cut off'))
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

test('told to stop under load, a server answers everybody whom it has let in, and loses nothing', async () => {
  for (let round = 0; round < 3; round++) {
    using folder = scratch()
    const { port, server } = await startServer(folder.path)
    await using running = server
    const login = JSON.stringify({ username: 'admin', password: 'password' })
    const failed: string[] = []
    const turnedAway: number[] = []
    let answered = 0
    async function worker(at: number) {
      const agent = at % 3 === 0 ? false : new Agent({ keepAlive: true, maxSockets: 1 })
      for (;;) {
        try {
          const status = await send(port, agent, at % 2 === 0 ? login : undefined)
          if (status !== 200 && status !== 503) failed.push(String(status))
          answered++
        } catch (error) {
          const { code, message, from, reused } = error as NodeJS.ErrnoException & Sent
          if (code === 'ECONNRESET' && !reused) turnedAway.push(from)
          else if (code !== 'ECONNREFUSED') failed.push(`${at}: ${code ?? ''} ${message}`)
          return // nobody listens any more
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
    // The kernel resets what it holds when a listening socket closes; nobody whom the server took is among them.
    for (const from of turnedAway)
      assert.ok(!running.output().includes(`taken:${from}.`), 'a connection that was taken')
    assert.match(running.output(), /taken:\d+\./)
    assert.ok(answered > 50, String(answered))
    assert.doesNotMatch(running.output(), /ERROR/)
  }
})

test('told a second time, it ends at once', async () => {
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
  const first = await Promise.race([running.ended, wait(1500, 'still there')])
  assert.equal(first, 'still there', 'somebody is in the middle of a request')
  running.signal('SIGINT')
  assert.equal(await running.ended, 130)
  socket.destroy()
})

test('whoever follows the feed of revocations keeps nobody from stopping, and sees it end', async () => {
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
