import { createServer, loadConfig, type Server } from '@countersign/server'
import { createTestIssuer } from '@countersign/guard/testing'
import { inspect } from '@countersign/token'
import { blockOf, importBlock } from '@countersign/testing/guides'
import { makeCertificate } from '@countersign/testing/certificates'
import { getRequestListener } from '@hono/node-server'
import { freePort } from '@countersign/testing/http'
import {
  UnauthorizedError,
  type OAuthClientProvider,
} from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { createApp, guardOf } from '@countersign/example-mcp'
import {
  answerConsent,
  openBrowser,
} from '../../packages/server/src/http/pages/test-browser.fixture.ts'
import { createDocumentFetcher } from '../../packages/server/src/platform/net/fetch-document.ts'

// The client of the official MCP SDK, against the MCP server of the examples and a server with sockets. Nothing in the client knows Countersign.

const redirectUrl = 'http://localhost:9/callback'
const cleanUp = new AsyncDisposableStack()
let server: Server
let issuer = ''
let mcp = ''
let clientId = ''
let admin = ''

after(() => cleanUp.disposeAsync())

before(async () => {
  const host = 'agent.example'
  const pair = await makeCertificate({ host })
  const documents = createHttpsServer(pair, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const document = { client_id: clientId, redirect_uris: [redirectUrl], client_name: 'Agent' }
    response.end(JSON.stringify(document))
  })
  await once(documents.listen(0, '127.0.0.1'), 'listening')
  cleanUp.defer(() => void documents.close())
  const { port: documentPort } = documents.address() as AddressInfo
  clientId = `https://${host}:${documentPort}/oauth/client.json`

  const port = await freePort()
  issuer = `http://localhost:${port}`
  const env = {
    COUNTERSIGN_DATABASE_URL: 'sqlite::memory:',
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_LOG_LEVEL: 'silent',
    COUNTERSIGN_OAUTH_CLIENT_METADATA_DOCUMENTS: `${host}:${documentPort}`,
  }
  const resolve = async () => [{ address: '127.0.0.1', family: 4 }]
  const fetchDocument = createDocumentFetcher({ resolve, ca: pair.cert, milliseconds: 60_000 })
  server = await createServer(loadConfig({ mode: 'development', env }), { fetchDocument })
  cleanUp.use(server)
  await server.listen()

  const mcpPort = await freePort()
  mcp = `http://localhost:${mcpPort}/mcp`
  const guard = guardOf(issuer, mcp)
  cleanUp.use(guard)
  const app = createHttpServer(getRequestListener(createApp(guard).fetch))
  await once(app.listen(mcpPort, 'localhost'), 'listening')
  cleanUp.defer(() => {
    app.closeAllConnections()
    app.close()
  })
  const { token } = await call('/login', { username: 'admin', password: 'password' })
  admin = inspect(String(token)).claims.sub ?? ''
  await call('/admin/resources', { audience: mcp, scopes: ['notes:read'], open: true }, token)
})

async function call(path: string, body: object, token?: unknown) {
  const response = await fetch(issuer + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${String(token)}` }),
    },
    body: JSON.stringify(body),
  })
  assert.ok(response.ok, `${path}: ${response.status}`)
  return (await response.json()) as Readonly<Record<string, unknown>>
}

/** An MCP client with its store of tokens, and the browser of its user. */
function openClient() {
  const browser = openBrowser(server, issuer)
  let tokens: OAuthTokens | undefined
  let verifier = ''
  let code = ''
  let visits = 0
  let information:
    | Parameters<NonNullable<OAuthClientProvider['saveClientInformation']>>[0]
    | undefined
  const authProvider: OAuthClientProvider = {
    redirectUrl,
    clientMetadataUrl: clientId,
    clientMetadata: { client_name: 'Agent', redirect_uris: [redirectUrl] },
    clientInformation: () => information,
    saveClientInformation: (given) => void (information = given),
    tokens: () => tokens,
    saveTokens: (given) => void (tokens = given),
    saveCodeVerifier: (given) => void (verifier = given),
    codeVerifier: () => verifier,
    invalidateCredentials: (scope) => {
      if (scope === 'all' || scope === 'tokens') tokens = undefined
    },
    async redirectToAuthorization(url) {
      visits++
      if (browser.cookies.size === 0) await browser.signIn()
      const path = url.pathname + url.search
      const page = await browser.get(path)
      assert.match(page.text, /Sign in to agent\.example/)
      const { path: answer } = await answerConsent(browser, page, 'allow')
      code = new URL(answer).searchParams.get('code') ?? ''
    },
  }
  const open = () => new StreamableHTTPClientTransport(new URL(mcp), { authProvider })
  const use = async () => {
    const client = new Client({ name: 'agent', version: '1.0.0' })
    try {
      await client.connect(open())
      const { content } = await client.callTool({ name: 'whoami' })
      return (content as readonly { readonly text: string }[])[0]?.text
    } finally {
      await client.close()
    }
  }
  /** The user signs in and agrees, because the server asks for it. */
  const finish = () => open().finishAuth(code)
  const authorize = async () => {
    await assert.rejects(use(), UnauthorizedError)
    await finish()
  }
  return {
    browser,
    finish,
    use,
    authorize,
    visits: () => visits,
    tokens: () => tokens,
    spoilAccessToken: () => void (tokens = tokens && { ...tokens, access_token: 'x' }),
  }
}

test('an MCP client finds the server, gets the consent of its user, calls a tool, and refreshes', async () => {
  const client = openClient()
  await client.authorize()
  assert.equal(await client.use(), admin)
  const first = client.tokens()
  assert.equal(first?.scope, 'notes:read')
  client.spoilAccessToken()
  assert.equal(await client.use(), admin, 'it has refreshed')
  assert.notEqual(client.tokens()?.refresh_token, first?.refresh_token)
  assert.equal(client.visits(), 1)
})

test('a revoked or disconnected MCP client is refused at once, and asks its user again', async () => {
  const client = openClient()
  await client.authorize()
  const token = client.tokens()?.refresh_token ?? ''
  const revoked = await fetch(`${issuer}/oauth/revoke`, {
    method: 'POST',
    body: new URLSearchParams({ token, client_id: clientId }),
  })
  assert.equal(revoked.status, 200)
  await refused(client)
  assert.equal(await client.use(), admin)
  await client.browser.send('/account/applications/disconnect', { application: clientId })
  await refused(client)
  assert.equal(await client.use(), admin)
  assert.equal(client.visits(), 3)
})

/** Waits until the guard has heard of the end of the grant, which takes milliseconds, and lets the user agree again. */
async function refused(client: ReturnType<typeof openClient>): Promise<void> {
  const visited = client.visits()
  while (client.visits() === visited) {
    try {
      await client.use()
    } catch (error) {
      assert.ok(error instanceof UnauthorizedError)
      await client.finish()
    }
  }
}

test('the program of the guide is an MCP server', async () => {
  const url = 'https://auth.example.com'
  const audience = 'https://mcp.example.com/mcp'
  const testIssuer = createTestIssuer({ url, audience, now: Math.floor(Date.now() / 1000) })
  const platform = globalThis.fetch
  globalThis.fetch = (input, init) =>
    String(input instanceof Request ? input.url : input).startsWith(url)
      ? testIssuer.fetch(input, init)
      : platform(input, init)
  try {
    const { app, guard } = await importBlock<GuideModule>('protect-an-mcp-server.md', 1)
    const ask = (headers: Readonly<Record<string, string>>) => {
      const params = { name: 'whoami', arguments: {} }
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
      const types = { accept: 'application/json, text/event-stream' }
      const all = { ...types, 'content-type': 'application/json', ...headers }
      return app.request('/mcp', { method: 'POST', headers: all, body })
    }
    const denied = await ask({})
    const guide = blockOf('protect-an-mcp-server.md', 'text', 1).trim()
    assert.equal(`WWW-Authenticate: ${denied.headers.get('www-authenticate')}`, guide)
    const token = testIssuer.token({ sub: 'bob', scope: 'notes:read' })
    assert.match(await (await ask({ authorization: `Bearer ${token}` })).text(), /"text":"bob"/)
    guard.close()
  } finally {
    globalThis.fetch = platform
  }
})

interface GuideModule {
  readonly app: { request(path: string, init: RequestInit): Promise<Response> }
  readonly guard: { close(): void }
}
