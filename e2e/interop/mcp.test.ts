import { createTestIssuer } from '@countersign/guard/testing'
import { blockOf, importBlock } from '@countersign/testing/guides'
import { freePort } from '@countersign/testing/http'
import { databases, worldFor, type OpenDatabase } from '@countersign/testing/oauth'
import {
  auth,
  UnauthorizedError,
  type OAuthClientProvider,
} from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  answerConsent,
  openBrowser,
} from '../../packages/server/src/http/pages/test-browser.fixture.ts'
import {
  authorizationScenarios,
  runConformance,
  serverScenarios,
  type Checks,
} from './mcp-conformance.fixture.ts'
import { openMcpWorld, redirectUrl, type McpWorld } from './mcp.fixture.ts'

// The client of the official MCP SDK, against the MCP server of the examples and a server with sockets. Nothing in the client knows Countersign.

for (const [name, open, skip] of databases)
  suite(`on ${name}, a client of MCP`, { skip }, () => clients(name, open))

function clients(name: string, open: OpenDatabase): void {
  const isSecond = name === 'SQLite' ? false : 'the database plays no part in it'
  const world = worldFor(open, openMcpWorld)

  test('finds the server, gets the consent of its user, calls a tool, and refreshes', async () => {
    const client = openClient(world())
    await client.authorize()
    assert.equal(await client.use(), world().admin)
    const first = client.tokens()
    assert.equal(first?.scope, 'notes:read')
    client.spoilAccessToken()
    assert.equal(await client.use(), world().admin, 'it has refreshed')
    assert.notEqual(client.tokens()?.refresh_token, first?.refresh_token)
    assert.equal(client.visits(), 1)
  })

  test('that is revoked or disconnected is refused at once, and asks its user again', async () => {
    const client = openClient(world())
    await client.authorize()
    const token = client.tokens()?.refresh_token ?? ''
    const revoked = await fetch(`${world().issuer}/oauth/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ token, client_id: world().clientId }),
    })
    assert.equal(revoked.status, 200)
    await refused(client)
    assert.equal(await client.use(), world().admin)
    await client.browser.send('/account/applications/disconnect', { application: world().clientId })
    await refused(client)
    assert.equal(await client.use(), world().admin)
    assert.equal(client.visits(), 3)
  })

  test('with offline_access asks for consent, and keeps its access after its user has signed out', async () => {
    const client = openClient(world())
    const found = await fetch(`${world().issuer}/.well-known/oauth-authorization-server`)
    const metadata = (await found.json()) as { readonly scopes_supported: readonly string[] }
    assert.ok(metadata.scopes_supported.includes('offline_access'), 'or it would not ask for it')
    await client.askFor('notes:read offline_access')
    assert.equal(client.asked().get('prompt'), 'consent')
    await client.finish()
    assert.equal(client.tokens()?.scope, 'notes:read offline_access')
    await client.browser.send('/sign-out', {})
    client.spoilAccessToken()
    assert.equal(await client.use(), world().admin, 'it has refreshed')
    assert.equal(client.visits(), 1)
  })

  test('of the conformance suite finds an authorization server as MCP wants it', async () => {
    const { server, issuer, mcp, clientId } = world()
    const browser = openBrowser(server, issuer)
    await browser.signIn()
    const [port, client] = [String(await freePort()), ['--client-id', clientId]]
    const args = ['authorization', '--url', issuer, ...client, '--resource', mcp, '--port', port]
    const checks = await runConformance(args, async (url) => {
      const asked = await browser.get(url.slice(issuer.length))
      const { path } = await answerConsent(browser, asked, 'allow')
      assert.equal((await fetch(path)).status, 200)
    })
    assertPassed(checks, authorizationScenarios)
  })

  test(
    'of the conformance suite finds an MCP server in the example',
    { skip: isSecond },
    async () => {
      const args = ['server', '--url', world().signedIn, '--requirements', '2025-11-25']
      assertPassed(await runConformance(args), serverScenarios)
    },
  )
}

function assertPassed(checks: Checks, scenarios: readonly string[]): void {
  for (const scenario of scenarios) {
    const found = checks[scenario] ?? []
    assert.notDeepEqual(found, [], scenario)
    for (const check of found) assert.match(check, /: (SUCCESS|INFO)$/, scenario)
  }
}

/** An MCP client with its store of tokens, and the browser of its user. */
function openClient({ server, issuer, mcp, clientId }: McpWorld) {
  const browser = openBrowser(server, issuer)
  let tokens: OAuthTokens | undefined
  let verifier = ''
  let code = ''
  let visits = 0
  let asked = new URLSearchParams()
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
      asked = url.searchParams
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
  /** Asks the user for more scopes, as a client does that wants access while its user is away. */
  const askFor = (scope: string) => auth(authProvider, { serverUrl: mcp, scope })
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
    askFor,
    asked: () => asked,
    visits: () => visits,
    tokens: () => tokens,
    spoilAccessToken: () => void (tokens = tokens && { ...tokens, access_token: 'x' }),
  }
}

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
