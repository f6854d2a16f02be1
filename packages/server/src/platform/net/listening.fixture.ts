import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'

/** A server on a port of its own, and clients that write what they like. */
export interface Listening extends Disposable {
  readonly server: Server
  client(): Socket
}

/** Has a listener answer on a free port. */
export async function listening(listener: RequestListener): Promise<Listening> {
  const server = createServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    server,
    client: () => connect(port, '127.0.0.1').on('error', () => {}),
    [Symbol.dispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}
