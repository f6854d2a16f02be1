import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import { setTimeout } from 'node:timers/promises'

// Below 32,768, where Linux begins to give ports to outgoing connections and to programs that listen on port 0: none of them can take a
// port between `freePort` and the program that uses it.
const firstPort = 12_000
const blockSize = 100
const blockCount = 200

/** Listens on a port of every address, or returns `undefined` if the port is taken. */
async function tryListen(port: number): Promise<Server | undefined> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen(port, () => resolve(server))
  })
}

/**
 * Reserves a block of ports for this process and returns its first port. Listening on that port is the lock: the system releases it when
 * the process ends, however it ends.
 */
async function reserveBlock(): Promise<number> {
  for (let attempt = 0; attempt < blockCount; attempt++) {
    const first = firstPort + ((process.pid + attempt) % blockCount) * blockSize
    const lock = await tryListen(first)
    if (!lock) continue
    lock.on('connection', (socket) => socket.destroy()).unref()
    return first
  }
  throw new Error('every block of ports is reserved by another process')
}

let reserved: Promise<number> | undefined
let handedOut = 0

/** Returns a free port that no other test process gets: each process has its own block of ports. */
export async function freePort(): Promise<number> {
  reserved ??= reserveBlock()
  const first = await reserved
  for (let attempt = 1; attempt < blockSize; attempt++) {
    const port = first + 1 + (handedOut++ % (blockSize - 1))
    const server = await tryListen(port)
    if (!server) continue
    server.close()
    await once(server, 'close')
    return port
  }
  throw new Error(`every port after ${first} is taken`)
}

/**
 * Returns the beginning of the addresses of a loopback network that no other test process gets, such as `127.23.7`. Programs can use the
 * ports there that their documentation names.
 */
export async function loopbackNetwork(): Promise<string> {
  reserved ??= reserveBlock()
  return `127.23.${((await reserved) - firstPort) / blockSize}`
}

/** Waits until a program accepts connections at an address. */
export async function untilItListens(host: string, port: number): Promise<void> {
  for (let left = 400; left > 0; left--) {
    const socket = connect(port, host)
    const isOpen = await once(socket, 'connect').then(() => true, () => false) // prettier-ignore
    socket.destroy()
    if (isOpen) return
    await setTimeout(50)
  }
  throw new Error(`nothing listens on ${host}:${port}`)
}

/** Sends a JSON body with POST and returns the status and the JSON of the response. */
export async function post(url: string, body: unknown) {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** Sends a GET request, with a bearer token or without one. */
export async function get(url: string, token?: string) {
  const headers: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(url, { headers })
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  }
}
