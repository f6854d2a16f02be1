import { createServer, loadConfig, type Server } from '@countersign/server'
import { createApp, guardOf } from '@countersign/example-mcp'
import { makeCertificate } from '@countersign/testing/certificates'
import { freePort } from '@countersign/testing/http'
import { inspect } from '@countersign/token'
import { getRequestListener } from '@hono/node-server'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createDocumentFetcher } from '../../packages/server/src/platform/net/fetch-document.ts'

/** The URL at which the client of the tests gets its codes; nothing listens there. */
export const redirectUrl = 'http://localhost:9/callback'

/** A server with sockets, the MCP server of the examples, and a client that has a metadata document. */
export interface McpWorld {
  readonly server: Server
  readonly issuer: string
  /** The URL of the MCP server. */
  readonly mcp: string
  /** The URL of the same MCP server, for programs that have no token: each of their requests gets one of a service account. */
  readonly signedIn: string
  /** The URL of the metadata document. */
  readonly clientId: string
  /** The subject of the administrator, who signs in. */
  readonly admin: string
  close(): Promise<void>
}

/** Starts all of it, with the server on a database. */
export async function openMcpWorld(database: string): Promise<McpWorld> {
  const cleanUp = new AsyncDisposableStack()
  const documents = await serveDocument(cleanUp)
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const env = {
    COUNTERSIGN_DATABASE_URL: database,
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_LOG_LEVEL: 'silent',
    COUNTERSIGN_OAUTH_CLIENT_METADATA_DOCUMENTS: new URL(documents.clientId).host,
  }
  const resolve = async () => [{ address: '127.0.0.1', family: 4 }]
  const fetchDocument = createDocumentFetcher({
    resolve,
    ca: documents.ca,
    milliseconds: 60_000,
  })
  const server = await createServer(loadConfig({ mode: 'development', env }), { fetchDocument })
  cleanUp.use(server)
  await server.listen()

  const mcpPort = await freePort()
  const mcp = `http://localhost:${mcpPort}/mcp`
  const guard = guardOf(issuer, mcp)
  cleanUp.use(guard)
  const app = createApp(guard)
  await listen(cleanUp, getRequestListener(app.fetch), mcpPort)
  const call = callerOf(issuer)
  const { token } = await call('/login', { username: 'admin', password: 'password' })
  const scopes = ['notes:read']
  await call('/admin/resources', { audience: mcp, scopes, open: true }, token)
  const client = await call('/admin/clients', { name: 'tester', scopes, resources: [mcp] }, token)
  const { access_token: own } = await call('/oauth/token', {
    grant_type: 'client_credentials',
    client_id: client['id'],
    client_secret: client['client_secret'],
  })
  const withToken = getRequestListener((request) => {
    const headers = new Headers(request.headers)
    headers.set('authorization', `Bearer ${String(own)}`)
    if (headers.get('origin') === `http://localhost:${ownPort}`)
      headers.set('origin', new URL(mcp).origin)
    return app.fetch(new Request(new URL(mcp), new Request(request, { headers })))
  })
  const ownPort: number = await listen(cleanUp, withToken)
  return {
    server,
    issuer,
    mcp,
    signedIn: `http://localhost:${ownPort}/mcp`,
    clientId: documents.clientId,
    admin: inspect(String(token)).claims.sub ?? '',
    close: () => cleanUp.disposeAsync(),
  }
}

/** Serves the metadata document of the client. */
async function serveDocument(cleanUp: AsyncDisposableStack) {
  const host = 'agent.example'
  const pair = await makeCertificate({ host })
  const server = createHttpsServer(pair, (_, response) => {
    const redirect_uris = [redirectUrl, 'http://127.0.0.1/callback']
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ client_id: clientId, redirect_uris, client_name: 'Agent' }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  cleanUp.defer(() => void server.close())
  const { port } = server.address() as AddressInfo
  const clientId = `https://${host}:${port}/oauth/client.json`
  return { clientId, ca: pair.cert }
}

async function listen(
  cleanUp: AsyncDisposableStack,
  listener: RequestListener,
  port = 0,
): Promise<number> {
  const server = createHttpServer(listener)
  await once(server.listen(port, 'localhost'), 'listening')
  cleanUp.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

function callerOf(issuer: string) {
  return async (path: string, body: object, token?: unknown) => {
    const isForm = path.startsWith('/oauth/')
    const headers = {
      'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${String(token)}` }),
    }
    const text = isForm
      ? String(new URLSearchParams(body as Readonly<Record<string, string>>))
      : JSON.stringify(body)
    const response = await fetch(issuer + path, { method: 'POST', headers, body: text })
    assert.ok(response.ok, `${path}: ${response.status}`)
    return (await response.json()) as Readonly<Record<string, unknown>>
  }
}
