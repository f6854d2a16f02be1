import { ServerResponse, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
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
      if (response.destroyed) return undefined // the client left while the guard waited
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
 * A handler of upgrade requests that receives the principal; its first three arguments are those of `handleUpgrade` of `ws`.
 *
 * @example
 * import { createGuard, type Principal } from '@countersign/guard'
 * import { upgradeGuard, type UpgradeHandler } from '@countersign/guard/node'
 * import { createServer } from 'node:http'
 *
 * const greet: UpgradeHandler<Principal> = (_, socket, __, { subject }) =>
 *   void socket.end(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: greeting\r\n\r\nHello, ${subject}`)
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
 * export const server = createServer().on('upgrade', upgradeGuard(guard, undefined, greet))
 */
export type UpgradeHandler<P> = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  principal: P,
) => void | Promise<void>

/**
 * Creates a listener for the event `upgrade` of `node:http`, by which WebSockets begin: `handler` runs only when `guard` allows the request.
 * `requirements` are those of the connection beyond a valid token; `undefined` for none. Fails with `requirements_invalid`.
 *
 * - A refusal is a complete HTTP response with challenge and problem document, and closes the connection.
 * - Errors of the socket are handled, before and after `handler` takes over: without a listener, one connection reset ends the process.
 * - An error of the guard is answered with 500, one of the handler closes the connection, and both are printed with `console.error`.
 *
 * @example
 * import { createGuard } from '@countersign/guard'
 * import { upgradeGuard } from '@countersign/guard/node'
 * import { createServer } from 'node:http'
 * import { WebSocketServer } from 'ws'
 *
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
 * const sockets = new WebSocketServer({ noServer: true })
 * const upgrade = upgradeGuard(guard, undefined, (request, socket, head, { subject }) => {
 *   sockets.handleUpgrade(request, socket, head, (ws) => {
 *     ws.on('error', () => ws.terminate())
 *     ws.send(`Hello, ${subject}`)
 *   })
 * })
 * export const server = createServer().on('upgrade', upgrade)
 */
export function upgradeGuard<P extends Principal<unknown> | undefined>(
  guard: Guard<P>,
  requirements: RouteRequirements | undefined,
  handler: UpgradeHandler<P>,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  assertRequirements(requirements)
  async function admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    let answer: Answer<P>
    try {
      answer = await guard.check(nodeRequestView(request), requirements)
      if (!answer.allowed) return sendRefusal(lastResponse(request, socket), answer)
    } catch (error) {
      return sendError(lastResponse(request, socket), error)
    }
    if (socket.destroyed) return
    rememberPrincipal(request, answer.principal)
    await handler(request, socket, head, answer.principal)
  }

  return function countersign(request, socket, head) {
    socket.on('error', () => socket.destroy())
    admit(request, socket, head).catch((error: unknown) => {
      console.error(error)
      socket.destroy()
    })
  }
}

/** Creates the response to an upgrade request that is refused. The connection ends with it, also if the client keeps its side open. */
function lastResponse(request: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket as Socket) // `node:http` itself passed the socket of the request
  return response.on('finish', () => socket.destroy())
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
 * export const server = createServer(async (request, response) => {
 *   const answer = await guard.check(nodeRequestView(request))
 *   response.end(JSON.stringify({ allowed: answer.allowed }))
 * })
 */
export function nodeRequestView(request: IncomingMessage): RequestView {
  return {
    method: request.method ?? 'GET',
    url: originalUrlOf(request) ?? request.url ?? '/',
    header: (name) => headerOf(request.rawHeaders, name),
  }
}

/** Returns the URL before a router has removed the path at which it is mounted, as Express and Connect keep it: proofs name the whole one. */
function originalUrlOf(request: object): string | undefined {
  const url = 'originalUrl' in request ? request.originalUrl : undefined
  return typeof url === 'string' ? url : undefined
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
