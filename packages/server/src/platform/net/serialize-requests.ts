import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Pipelined requests of one connection that may wait; browsers and the usual clients send the next request after the answer. */
const maxPipelinedRequests = 8

type Exchange = readonly [request: IncomingMessage, response: ServerResponse]

/** A request listener that handles the requests of each connection one after the other. */
export interface SerialListener {
  /** The listener for `http.createServer`. */
  readonly listener: RequestListener
  /** From now on the last answer on each connection has `Connection: close`. */
  closeAfterNextAnswer(): void
}

/**
 * Handles the requests of each connection one after the other. Answers must go out in that order anyway (RFC 9112, section 9.3.2), and those
 * made early would wait in memory for a client that may never read them. Node emits all requests of a chunk that it has read at once, which can
 * be more than a thousand: a connection with too many of them is closed.
 */
export function serializeRequests(listener: RequestListener): SerialListener {
  const queues = new Map<Socket, Exchange[]>()
  let closing = false
  function start(queue: readonly Exchange[]) {
    const [request, response] = queue[0] ?? []
    if (!request || !response) return
    if (closing && queue.length === 1) response.shouldKeepAlive = false
    void listener(request, response)
  }
  function newQueue(socket: Socket): Exchange[] {
    const queue: Exchange[] = []
    queues.set(socket, queue)
    socket.once('close', () => queues.delete(socket))
    return queue
  }
  return {
    listener(request, response) {
      const { socket } = request
      if (socket.destroyed) return
      const queue = queues.get(socket) ?? newQueue(socket)
      if (queue.length === maxPipelinedRequests) return void socket.destroy()
      response.once('close', () => {
        queue.shift()
        if (!socket.destroyed && response.shouldKeepAlive) start(queue) // after `Connection: close`, nothing more is handled (RFC 9112, section 9.6)
      })
      if (queue.push([request, response]) === 1) start(queue)
    },
    closeAfterNextAnswer() {
      closing = true
      for (const queue of queues.values()) {
        const [only] = queue.length === 1 ? queue : []
        if (only) only[1].shouldKeepAlive = false
      }
    },
  }
}
