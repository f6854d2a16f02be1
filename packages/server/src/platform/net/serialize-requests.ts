import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Requests under way on one connection; browsers and the usual clients send the next one when they have read an answer. */
const maxConcurrent = 8

type Exchange = readonly [request: IncomingMessage, response: ServerResponse]

/** Requests in the order in which they came on their connection. */
export interface Turns {
  /** What a server calls for each request. */
  readonly listener: RequestListener
  /** From now on each connection's last answer tells its client not to come again on it. */
  lastCall(): void
}

/**
 * Answers the requests of each connection one after the other: answers go out in that order anyhow (RFC 9112, section 9.3.2), and those made ahead
 * would wait in memory for a client that may never read. Node hands over every request of what it has read at once, a thousand and more
 * of them; who sends so many ahead is hung up on.
 */
export function inTurn(listener: RequestListener): Turns {
  const lines = new Map<Socket, Exchange[]>()
  let last = false
  function begin(line: readonly Exchange[]) {
    const [request, response] = line[0] ?? []
    if (!request || !response) return
    if (last && line.length === 1) response.shouldKeepAlive = false
    void listener(request, response)
  }
  function lineOf(socket: Socket): Exchange[] {
    const line: Exchange[] = []
    lines.set(socket, line)
    socket.once('close', () => lines.delete(socket))
    return line
  }
  return {
    listener(request, response) {
      const { socket } = request
      if (socket.destroyed) return
      const line = lines.get(socket) ?? lineOf(socket)
      if (line.length === maxConcurrent) return void socket.destroy()
      response.once('close', () => {
        line.shift()
        if (!socket.destroyed) begin(line)
      })
      if (line.push([request, response]) === 1) begin(line)
    },
    lastCall() {
      last = true
      for (const line of lines.values()) {
        const [only] = line.length === 1 ? line : []
        if (only) only[1].shouldKeepAlive = false
      }
    },
  }
}
