import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** Before a request of a connection reaches the database, or after the database has answered it. */
export type CutPlace = 'before' | 'after'

/** A proxy in front of PostgreSQL that breaks a connection at a chosen request. */
export interface CuttingProxy extends Disposable {
  /** Returns the URL that leads to a database through it. */
  through(url: string): string
  /** Returns the text of each request since the last call, in order; of a prepared statement only its name. */
  takeRequests(): readonly string[]
  /** Breaks the connection that sends the request with this number, counted from 1; what is answered `after` does not arrive. */
  cutAt(request: number, place: CutPlace): void
  /** Breaks all connections before that request, and accepts none until `disarm`. */
  goDownAt(request: number): void
  /** Forwards nothing over the connections that are open now, and does not break them. */
  stall(): void
  /** Breaks no connection any more, and accepts new ones. Returns whether one was broken. */
  disarm(): boolean
  /** Breaks all connections now. */
  cutAll(): void
}

/** A connection through the proxy. */
interface Pair {
  readonly client: Socket
  readonly database: Socket
  /** True if the answer to the last request is to be lost. */
  loses: boolean
  isStalled: boolean
}

/** Opens a proxy in front of the server of a URL. */
export async function openCuttingProxy(target: string): Promise<CuttingProxy> {
  const { port } = new URL(target)
  const pairs = new Set<Pair>()
  let requests: string[] = []
  let left = 0
  let place: CutPlace = 'before'
  let wasCut = false
  let goesDown = false
  let isDown = false

  const cut = (pair: Pair) => {
    pair.client.destroy()
    pair.database.destroy()
    wasCut = true
  }

  function arm(request: number, where: CutPlace): void {
    left = request
    place = where
    wasCut = false
  }

  function goDown(): void {
    isDown = true
    pairs.forEach(cut)
  }

  /** Decides about a request: forward it, forward it and lose the answer, or break the connection. */
  function admit(pair: Pair, text: string): boolean {
    requests.push(text)
    if (left === 0 || --left > 0) return true
    if (place === 'after') pair.loses = true
    else if (goesDown) goDown()
    else cut(pair)
    return place === 'after'
  }

  const server = createServer((client) => {
    if (isDown) return void client.destroy()
    const database = connect(Number(port), '127.0.0.1')
    for (const socket of [client, database]) socket.setNoDelay() // messages are small, and each waits for the next
    const pair: Pair = { client, database, loses: false, isStalled: false }
    pairs.add(pair)
    for (const [one, other] of [
      [client, database],
      [database, client],
    ] as const)
      one
        .on('error', () => {})
        .on('close', () => {
          other.destroy()
          pairs.delete(pair)
        })
    let text = ''
    client.on(
      'data',
      splitter({ hasStartup: true }, (type, message) => {
        if (pair.isStalled) return
        if (type === 'P') text = message.toString('latin1', 5).split('\0')[1] ?? ''
        if (type === 'B') text ||= message.toString('latin1', 5).split('\0')[1] ?? ''
        if (type === 'Q') text = message.toString('latin1', 5, message.length - 1)
        if ((type === 'Q' || type === 'S') && !admit(pair, text)) return
        if (type === 'Q' || type === 'S') text = ''
        database.write(message)
      }),
    )
    database.on(
      'data',
      splitter({ hasStartup: false }, (type, message) => {
        if (pair.isStalled) return
        if (!pair.loses) client.write(message)
        else if (type === 'Z') cut(pair)
      }),
    )
  }).listen(0, '127.0.0.1')
  server.unref()
  await once(server, 'listening')
  return {
    through(url) {
      const through = new URL(url)
      through.port = String((server.address() as AddressInfo).port)
      return through.href
    },
    takeRequests() {
      const taken = requests
      requests = []
      return taken
    },
    cutAt: arm,
    goDownAt(request) {
      arm(request, 'before')
      goesDown = true
    },
    stall: () => pairs.forEach((pair) => (pair.isStalled = true)),
    disarm() {
      left = 0
      goesDown = isDown = false
      return wasCut
    },
    cutAll: () => pairs.forEach(cut),
    [Symbol.dispose]: () => {
      pairs.forEach(cut)
      server.close()
    },
  }
}

/** Splits a stream into messages of the protocol: a type, a length, and the rest. The first one of a client has no type. */
function splitter(
  { hasStartup }: { readonly hasStartup: boolean },
  take: (type: string, message: Buffer) => void,
) {
  let rest = Buffer.alloc(0)
  let isStartup = hasStartup
  return (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const header = isStartup ? 0 : 1
      if (rest.length < header + 4) return
      const length = header + rest.readInt32BE(header)
      if (rest.length < length) return
      const message = rest.subarray(0, length)
      rest = rest.subarray(length)
      take(isStartup ? '' : String.fromCharCode(message[0] ?? 0), message)
      isStartup = false
    }
  }
}
