// Notes as a fetch handler, with Countersign inside: npm run fetch --workspace=@countersign/example-inside
import { fetchGuard } from '@countersign/guard/fetch'
import { createAuth, type Auth } from '@countersign/server'
import { serve, type Http2Bindings, type HttpBindings } from '@hono/node-server'
import { pageOf, script } from './page.ts'
import { options, port, stopOnSignal } from './start.ts'

/** Creates the handler around an auth server: tests pass one of their own. `address` is that of the client, from the socket. */
export function createApp(auth: Auth) {
  const notes = fetchGuard(auth.guard, undefined, (_, { claims }) =>
    Response.json({ owner: claims['username'] }),
  )
  return async (request: Request, address: string | undefined): Promise<Response> => {
    const { pathname } = new URL(request.url)
    if (auth.owns(pathname)) return auth.fetch(request, { address, plain: true }) // this socket has no TLS
    if (pathname === '/notes') return notes(request)
    if (pathname === '/page.js')
      return new Response(script, { headers: { 'content-type': 'text/javascript' } })
    if (pathname !== '/') return new Response('Not found', { status: 404 })
    return new Response(pageOf(auth.url), { headers: { 'content-type': 'text/html' } })
  }
}

if (import.meta.main) {
  const auth = await createAuth(options)
  const handle = createApp(auth)
  const fetch = (request: Request, { incoming }: HttpBindings | Http2Bindings) =>
    handle(request, incoming.socket.remoteAddress)
  const server = serve({ fetch, hostname: 'localhost', port }, () =>
    console.log(`Listening on http://localhost:${port}`),
  )
  stopOnSignal(server, auth)
}
