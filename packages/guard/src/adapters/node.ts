import type { IncomingMessage, ServerResponse } from 'node:http'
import { assertRequirements, type RouteRequirements } from '../authorize.ts'
import type { RequestView } from '../extract-token.ts'
import type { Guard } from '../guard-interface.ts'
import { rememberPrincipal, type Principal } from '../principal.ts'
import { refusalBody, type Refusal } from '../refusal.ts'
import { metadataHeaders, metadataText } from '../resource-metadata.ts'
import type { Answer } from '../respond.ts'

/**
 * A handler of `node:http` that receives the principal.
 *
 * @example
 * import { createGuard, type Principal } from '@countersign/guard'
 * import { nodeGuard, type NodeHandler } from '@countersign/guard/node'
 *
 * const greet: NodeHandler<Principal> = (_, response, { subject }) => void response.end(`Hello, ${subject}`)
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
 * export const handler = nodeGuard(guard, undefined, greet)
 */
export type NodeHandler<P> = (
  request: IncomingMessage,
  response: ServerResponse,
  principal: P,
) => void | Promise<void>

/**
 * Wraps a handler of `node:http`: it runs only when `guard` allows the request. `requirements` are the route's own beyond a valid token;
 * `undefined` for none. Fails with `requirements_invalid`.
 *
 * The wrapped handler never throws or rejects, because `node:http` would end the process for that: an error of the handler is answered with
 * 500 and printed with `console.error`, as frameworks do.
 *
 * @example
 * import { createGuard } from '@countersign/guard'
 * import { nodeGuard } from '@countersign/guard/node'
 * import { createServer } from 'node:http'
 *
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
 * const handler = nodeGuard(guard, undefined, (_, response, { subject }) => void response.end(subject))
 * export const server = createServer((request, response) => void handler(request, response))
 */
export function nodeGuard<P extends Principal<unknown> | undefined>(
  guard: Guard<P>,
  requirements: RouteRequirements | undefined,
  handler: NodeHandler<P>,
): (request: IncomingMessage, response: ServerResponse) => void | Promise<void> {
  assertRequirements(requirements)
  return function countersign(request, response) {
    const proceed = (answer: Answer<P>) => {
      if (!answer.allowed) return sendRefusal(response, answer)
      rememberPrincipal(request, answer.principal)
      return handler(request, response, answer.principal)
    }
    const failed = (error: unknown) => sendError(response, error)
    try {
      const pending = guard.check(nodeRequestView(request), requirements)
      const done = pending instanceof Promise ? pending.then(proceed) : proceed(pending)
      return done instanceof Promise ? done.catch(failed) : done
    } catch (error) {
      failed(error)
    }
  }
}

/** Answers a request whose guard or handler failed: 500, or the end of the connection if a part of another answer was sent. */
function sendError(response: ServerResponse, error: unknown): void {
  console.error(error)
  if (response.writableEnded) return
  if (response.headersSent) response.destroy()
  else response.writeHead(500, { 'content-type': 'text/plain' }).end('Internal Server Error')
}

/**
 * Returns the guard's view of a request of `node:http`, also of one that asks for a WebSocket: for `guard.check` and `guard.explain`.
 *
 * @example
 * import { createGuard } from '@countersign/guard'
 * import { nodeRequestView } from '@countersign/guard/node'
 * import { createServer } from 'node:http'
 *
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
 * export const server = createServer()
 * server.on('upgrade', async (request, socket) => {
 *   const answer = await guard.check(nodeRequestView(request))
 *   if (!answer.allowed) socket.end(`HTTP/1.1 ${answer.status} Unauthorized\r\n\r\n`)
 * })
 */
export function nodeRequestView(request: IncomingMessage): RequestView {
  return {
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    header: (name) => headerOf(request.rawHeaders, name),
  }
}

/** Joins several headers of one name: `request.headers` keeps the first, and hides a second Authorization header. */
function headerOf(raw: readonly string[], name: string): string | undefined {
  let found: string | undefined
  for (let at = 0; at < raw.length; at += 2) {
    const own = raw[at] as string // names and values alternate
    if (own.length !== name.length || own.toLowerCase() !== name) continue
    found = found === undefined ? raw[at + 1] : `${found}, ${raw[at + 1]}`
  }
  return found
}

/**
 * Writes a refusal to a response of `node:http`. Does nothing if something else has answered already, such as a time-out while the guard
 * waited for keys.
 *
 * @example
 * import { createGuard } from '@countersign/guard'
 * import { nodeRequestView, sendRefusal } from '@countersign/guard/node'
 * import { createServer } from 'node:http'
 *
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
 * export const server = createServer(async (request, response) => {
 *   const answer = await guard.check(nodeRequestView(request))
 *   if (!answer.allowed) return sendRefusal(response, answer)
 *   response.end(answer.principal.subject)
 * })
 */
export function sendRefusal(response: ServerResponse, refusal: Refusal): void {
  const body = refusalBody(refusal)
  if (!response.headersSent) response.writeHead(refusal.status, refusal.headers).end(body)
}

/**
 * Creates the handler that serves the metadata document of the resource (RFC 9728), at `guard.metadata.path`.
 *
 * @example
 * import { createGuard } from '@countersign/guard'
 * import { nodeMetadata } from '@countersign/guard/node'
 * import { createServer } from 'node:http'
 *
 * const url = 'https://api.example.com'
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: url, resource: { url } })
 * const serveMetadata = nodeMetadata(guard)
 * export const server = createServer((request, response) => {
 *   if (request.url === guard.metadata?.path) serveMetadata(request, response)
 *   else response.writeHead(404).end()
 * })
 */
export function nodeMetadata(guard: Guard<Principal<unknown> | undefined>) {
  const text = metadataText(guard.metadata)
  return (_: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200, metadataHeaders).end(text)
  }
}
