import { once } from 'node:events'
import { createServer } from 'node:http'
import { WebSocket, WebSocketServer } from 'ws'
import { bindConnection, tokenEnded, type BindOptions, type Guard } from './index.ts'
import { nodeCredentials } from './node.ts'
import { listen } from './serve.fixture.ts'

/** A server of WebSockets: each lasts as long as its token, and a message is a newer token. */
export async function sockets(own: Guard, time: Pick<BindOptions, 'clock' | 'timer'> = {}) {
  const http = createServer()
  const server = new WebSocketServer({ noServer: true })
  http.on('upgrade', async (request, socket, head) => {
    const answer = await own.check(nodeCredentials(request))
    if (!answer.allowed) return void socket.end(`HTTP/1.1 ${answer.status} No\r\n\r\n`)
    server.handleUpgrade(request, socket, head, (ws) => {
      const binding = bindConnection(own, answer.principal, {
        ...time,
        end: (reason) => ws.close(tokenEnded, reason),
      })
      ws.on('close', binding.release)
      ws.on('message', async (data: Buffer) => {
        const renewed = await binding.renew(data.toString())
        ws.send(typeof renewed === 'string' ? renewed : String(renewed.allowed))
      })
    })
  })
  const served = await listen(http)
  return { ...served, url: served.url.replace('http', 'ws') }
}
/** Waits until the server has answered once more, and so until everything that it had sent before is here. */
export async function answers(ws: WebSocket): Promise<void> {
  ws.ping()
  await once(ws, 'pong')
}

/** Connects to such a server with a token. */
export const connect = (url: string, text: string) =>
  new WebSocket(url, { headers: { authorization: `Bearer ${text}` } })
