import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, createServer as createProxy, type AddressInfo, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { ReadableStream } from 'node:stream/web'
import { createTestIssuer, type TestIssuer } from './test-issuer.ts'

/** A test issuer behind real sockets, with a network cable that can be cut. */
export interface RemoteIssuer extends AsyncDisposable {
  readonly issuer: TestIssuer
  /** `cut`: connections break and none can be made. `stalled`: they stay open and no byte passes, as when a machine dies. */
  cable(state: 'whole' | 'cut' | 'stalled'): void
  /** Advances the clock second by second, with pauses for data that travels over sockets. */
  pass(seconds: number): Promise<void>
}

/** Starts an issuer on a free port. */
export async function startRemoteIssuer(): Promise<RemoteIssuer> {
  let state = 'whole'
  let port = 0
  const sockets = new Set<Socket>()
  const proxy = createProxy((near) => {
    if (state === 'cut') return void near.destroy()
    const far = connect(port, '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('data', (bytes) => state === 'whole' && other.write(bytes))
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
    }
  })
  const issuer = createTestIssuer({ url: `http://127.0.0.1:${await listen(proxy)}` })
  const server = createServer((request, response) => void forward(issuer, request, response))
  port = await listen(server)
  return {
    issuer,
    cable(next) {
      state = next
      if (next !== 'stalled') for (const one of sockets) one.destroy()
      if (next !== 'stalled') sockets.clear()
    },
    async pass(seconds) {
      for (let second = 0; second < seconds; second++) {
        issuer.clock.advance(1)
        await new Promise((resolve) => setTimeout(resolve, 8))
      }
    },
    async [Symbol.asyncDispose]() {
      for (const one of sockets) one.destroy()
      server.closeAllConnections()
      await Promise.all([server, proxy].map((one) => new Promise((resolve) => one.close(resolve))))
    },
  }
}

/** Forwards a request to the issuer in memory, and its response to the socket. */
async function forward(issuer: TestIssuer, request: IncomingMessage, response: ServerResponse) {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  try {
    const headers = request.headers as Record<string, string>
    const { method = 'GET' } = request
    const body = method === 'POST' ? { method, body: await text(request) } : {}
    const init = { headers, signal: gone.signal, ...body }
    const answer = await issuer.fetch(issuer.url + request.url, init)
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).flushHeaders()
    if (!answer.body) return void response.end()
    Readable.fromWeb(answer.body as ReadableStream)
      .on('error', () => response.destroy())
      .pipe(response)
  } catch {
    response.destroy() // as with an issuer that is down
  }
}

function listen(server: ReturnType<typeof createProxy>): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
