// An MCP server whose tools act for the user who has signed in. With Countersign running (npm start):
// npm start --workspace=@countersign/example-mcp
import { createGuard, type Guard, type Principal } from '@countersign/guard'
import { honoGuard, honoMetadata } from '@countersign/guard/hono'
import { serve } from '@hono/node-server'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { Hono } from 'hono'

/** Creates the application with a guard before it: tests pass one of their own. */
export function createApp(guard: Guard): Hono {
  const app = new Hono()
  const own = guard.metadata && new URL(guard.metadata.url).origin
  app.get(guard.metadata?.path ?? '', honoMetadata(guard)) // tells clients where to get tokens
  app.use('/mcp', async (c, next) => {
    const origin = c.req.header('origin') ?? own
    return origin === own ? next() : c.text('Forbidden', 403) // a page of another site (MCP, transports)
  })
  app.all('/mcp', honoGuard(guard, { scopes: ['notes:read'] }), async (c) => {
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
    await createTools(c.var.principal).connect(transport)
    return transport.handleRequest(c.req.raw)
  })
  return app
}

/** Creates the tools of one user. */
function createTools({ subject }: Principal): McpServer {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  const description = 'Says for whom this server acts'
  server.registerTool('whoami', { description }, () => ({
    content: [{ type: 'text', text: subject }],
  }))
  return server
}

/** Returns the guard of the MCP server at a URL: it trusts one issuer, and tokens for this very server. */
export function guardOf(issuer: string, url: string): Guard {
  const resource = { url, scopes: ['notes:read'], name: 'Notes' }
  return createGuard({ issuer, audience: url, resource, revocation: 'feed' })
}

if (import.meta.main) {
  const port = Number(process.env['PORT'] ?? 3000)
  const issuer = process.env['ISSUER'] ?? 'http://localhost:5000'
  const { fetch } = createApp(guardOf(issuer, `http://localhost:${port}/mcp`))
  serve({ fetch, hostname: 'localhost', port }, () => console.log(`Listening on port ${port}`))
}
