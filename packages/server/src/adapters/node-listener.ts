import { getRequestListener, RequestError } from '@hono/node-server'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Auth } from '../create-auth.ts'
import { fail } from '../failures.ts'

// adapters/: how a framework passes requests to a server that lives in its application. One file for each framework.

/** Returns the path of a request, without its query. */
export function pathnameOf(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? ''
}

/**
 * Creates the listener that answers requests of `node:http`. Throws `body_read` if something has read the body before: it would wait for it
 * forever.
 */
export function createNodeListener(
  auth: Auth,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const listener = getRequestListener(
    (request, { incoming }) => auth.fetch(request, peerOf(incoming as IncomingMessage)), // the listener gets requests of HTTP/1 alone
    { overrideGlobalObjects: false, hostname: 'localhost', errorHandler: refuse },
  )
  return async (request, response) => {
    if (hasBody(request) && request.readableDidRead) throw fail('body_read')
    await listener(request, response)
  }
}

/** Returns the other end of the connection. */
export function peerOf({ socket }: IncomingMessage) {
  return { address: socket.remoteAddress, plain: !('encrypted' in socket) }
}

/** Answers a request whose target or host is so malformed that no `Request` can be made. */
function refuse(error: unknown): Response {
  if (!(error instanceof RequestError)) throw error
  return new Response(null, { status: 400, headers: { 'cache-control': 'no-store' } })
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
