import { createAdaptorServer, type ServerType } from '@hono/node-server'
import { fail } from '../failures.ts'

/** Answers requests; it is told the address at the other end of the connection. */
type Handler = (
  request: Request,
  peer: { readonly address: string | undefined },
) => Promise<Response>

/** Sockets that serve a fetch handler. */
export interface Listener {
  close(): Promise<void>
}

const closeGrace = 5_000 // milliseconds that requests under way may take before their sockets are cut

/**
 * Serves a fetch handler over HTTP. `localhost` is listened to on both of its addresses, for programs disagree on which one
 * the name means. Fails with `port_taken` and says what to do.
 */
export async function listen(
  handler: Handler,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Listener> {
  const servers: ServerType[] = []
  const close = () => Promise.all(servers.map(closeServer)).then(() => {})
  for (const address of host === 'localhost' ? ['127.0.0.1', '::1'] : [host]) {
    try {
      servers.push(await open(handler, address, port))
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      if (address === '::1' && code !== 'EADDRINUSE') continue // a machine without IPv6
      await close()
      if (code !== 'EADDRINUSE')
        throw fail('setting_invalid', { detail: 'http.host or http.port cannot be used', cause })
      const detail = `another program listens on ${port}; stop it, or choose another port with --http-port ${port + 1}`
      throw fail('port_taken', { detail, cause })
    }
  }
  return { close }
}

function open(handler: Handler, host: string, port: number): Promise<ServerType> {
  const server = createAdaptorServer({
    fetch: (request, env) =>
      handler(request, {
        address: 'incoming' in env ? env.incoming.socket.remoteAddress : undefined,
      }),
    overrideGlobalObjects: false,
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject)
      resolve(server)
    })
  })
}

function closeServer(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(
      () => 'closeAllConnections' in server && server.closeAllConnections(),
      closeGrace,
    )
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    if ('closeIdleConnections' in server) server.closeIdleConnections()
  })
}
