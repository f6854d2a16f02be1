import { createTestIssuer } from '@countersign/guard/testing'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApp } from './app.ts'

const url = 'https://mcp.example.com/mcp'
const issuer = createTestIssuer({ audience: url })
const app = createApp(issuer.guard({ resource: { url, scopes: ['notes:read'] } }))

/** Calls the tool with a token. */
const call = (token?: string) =>
  app.request('/mcp', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'whoami', arguments: {} },
    }),
  })

test('a refused client learns where to get a token, and with which scopes', async () => {
  const refused = await call()
  assert.equal(refused.status, 401)
  const metadata = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp'
  assert.equal(
    refused.headers.get('www-authenticate'),
    `Bearer scope="notes:read", resource_metadata="${metadata}"`,
  )
  const document = await app.request(new URL(metadata).pathname)
  assert.equal(((await document.json()) as { readonly resource: string }).resource, url)
})

test('a tool acts for the user of the token, if it has the scope', async () => {
  const answer = await call(issuer.token({ sub: 'ada', scope: 'notes:read' }))
  assert.match(await answer.text(), /"text":"ada"/)
  assert.equal((await call(issuer.token({ sub: 'ada' }))).status, 403)
})

test('a page of another site is refused', async () => {
  const sent = (origin: string) => app.request('/mcp', { method: 'POST', headers: { origin } })
  assert.equal((await sent('https://evil.example')).status, 403)
  assert.equal((await sent('https://mcp.example.com')).status, 401, 'it has no token')
})
