import { once } from 'node:events'
import { createServer } from 'node:http'
import { WebSocket, WebSocketServer } from 'ws'
import {
  guardConnection,
  tokenEndedCode,
  type Guard,
  type GuardConnectionOptions,
} from '../index.ts'
import { upgradeGuard } from './node.ts'
import { listen } from './serve.fixture.ts'

/** Starts a WebSocket server: each connection lasts as long as its token, and a message is a newer token. */
export async function serveWebSockets(
  own: Guard,
  time: Pick<GuardConnectionOptions, 'clock' | 'timer'> = {},
) {
  const http = createServer()
  const server = new WebSocketServer({ noServer: true })
  const upgrade = upgradeGuard(own, undefined, (request, socket, head, principal) => {
    server.handleUpgrade(request, socket, head, (ws) => {
      const binding = guardConnection(own, principal, {
        ...time,
        end: (reason) => ws.close(tokenEndedCode, reason),
      })
      ws.on('error', () => ws.terminate())
      ws.on('close', binding.release)
      ws.on('message', async (data: Buffer) => {
        const renewed = await binding.renew(data.toString())
        ws.send(typeof renewed === 'string' ? renewed : String(renewed.allowed))
      })
    })
  })
  http.on('upgrade', upgrade)
  const served = await listen(http)
  return { ...served, url: served.url.replace('http', 'ws') }
}

/** Waits for a pong of the server, and so for everything that it sent before. */
export async function roundTrip(ws: WebSocket): Promise<void> {
  ws.ping()
  await once(ws, 'pong')
}

/** Connects to such a server with a token. */
export const connect = (url: string, text: string) =>
  new WebSocket(url, { headers: { authorization: `Bearer ${text}` } })
