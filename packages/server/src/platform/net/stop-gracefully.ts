import type { Server } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import type { Turns } from './serialize-requests.ts'

/** How long requests that are under way may take when a server is told to stop, in milliseconds: whoever stops us kills us after thirty seconds, or ninety. */
export const stopBound = 10_000

// Milliseconds.
const linger = 500 // a client that keeps its connection busy has sent its next request by then, and is told that it is the last
const pace = 50 // between looks at who is idle

/**
 * Waits for a moment in which nobody stands before the door: connections that the kernel has made and we have not taken yet are reset when the
 * listening socket closes, and no call asks for their number. A turn of the event loop takes one of them, so a short turn in which none came has
 * found none.
 */
async function quietMoment(server: Server): Promise<void> {
  const until = performance.now() + linger
  let came = true
  const onConnection = () => (came = true)
  server.on('connection', onConnection)
  for (let from = performance.now(), short = false; came || !short;) {
    came = false
    await setImmediate()
    const now = performance.now()
    short = now - from < 1
    from = now
    if (now > until) break // there is no such moment
  }
  server.off('connection', onConnection)
}

/**
 * Stops a server so that nobody who was let in goes without an answer: accepts no more; lets each connection that is busy have the answers it waits
 * for, the last of them with `Connection: close`; and closes those where nothing comes. `server.close()` alone would cut idle connections at
 * once, with the next request of a busy client already on its way. What is not done within the bound is cut off.
 */
export async function stopGracefully(
  server: Server,
  turns: Pick<Turns, 'lastCall'>,
  bound = stopBound,
): Promise<void> {
  turns.lastCall()
  await quietMoment(server)
  const closed = new Promise<void>((resolve) => {
    NetServer.prototype.close.call(server, () => resolve()) // the listening socket alone
  })
  let closing: NodeJS.Timeout | undefined
  const lingered = setTimeout(() => {
    server.closeIdleConnections()
    closing = setInterval(() => server.closeIdleConnections(), pace)
  }, linger)
  const cut = setTimeout(() => server.closeAllConnections(), bound)
  await closed
  clearTimeout(lingered)
  clearTimeout(cut)
  clearInterval(closing)
  server.close() // what is left of it: the timer that looks after slow clients
}
