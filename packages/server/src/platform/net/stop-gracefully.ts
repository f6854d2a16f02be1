import type { Server } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import type { SerialListener } from './serialize-requests.ts'

/** The maximum duration of requests under way when the server stops, in milliseconds: service managers kill it after 30 or 90 seconds. */
export const stopBound = 10_000

// Milliseconds.
const lingerTime = 500 // by then a client of a busy connection has sent its next request, and is answered with `Connection: close`
const idleCheckInterval = 50

/**
 * Waits until no connection is waiting to be accepted: the kernel resets those when the listening socket closes, and no call returns their
 * number. Each turn of the event loop accepts one, so a short turn without one means that none was waiting.
 */
async function drainBacklog(server: Server): Promise<void> {
  const deadline = performance.now() + lingerTime
  let accepted = true
  const onConnection = () => (accepted = true)
  server.on('connection', onConnection)
  for (let from = performance.now(), short = false; accepted || !short;) {
    accepted = false
    await setImmediate()
    const now = performance.now()
    short = now - from < 1
    from = now
    if (now > deadline) break // connections come without pause
  }
  server.off('connection', onConnection)
}

/**
 * Stops a server without dropping a request that it has accepted. It accepts no more connections; answers what busy connections wait for, the
 * last with `Connection: close`; and closes idle connections after a moment. `server.close()` alone would close idle connections at
 * once, although the next request of a client may be under way. What is not finished within the bound is cut off.
 */
export async function stopGracefully(
  server: Server,
  requests: Pick<SerialListener, 'closeAfterNextAnswer'>,
  bound = stopBound,
): Promise<void> {
  requests.closeAfterNextAnswer()
  await drainBacklog(server)
  const closed = new Promise<void>((resolve) => {
    NetServer.prototype.close.call(server, () => resolve()) // only the listening socket
  })
  let idleCheck: NodeJS.Timeout | undefined
  const linger = setTimeout(() => {
    server.closeIdleConnections()
    idleCheck = setInterval(() => server.closeIdleConnections(), idleCheckInterval)
  }, lingerTime)
  const cutOff = setTimeout(() => server.closeAllConnections(), bound)
  await closed
  clearTimeout(linger)
  clearTimeout(cutOff)
  clearInterval(idleCheck)
  server.close() // stops the timer that watches slow clients
}
