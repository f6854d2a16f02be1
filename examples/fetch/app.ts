// Notes as a fetch handler, for Deno, Bun, Cloudflare Workers and other runtimes with Request and Response; it tells clients where
// to get tokens (RFC 9728). With Countersign running (npm start): npm start --workspace=@countersign/example-fetch
import { createGuard, type Guard, type GuardSettings } from '@countersign/guard'
import { fetchGuard, metadataResponse } from '@countersign/guard/fetch'
import { serve } from '@hono/node-server'

/** The options of the guard that do not depend on the issuer. */
export const settingsAt = (url: string): GuardSettings<never> => ({
  resource: { url, name: 'Notes' },
})

type Handler = (request: Request) => Response | Promise<Response>

/** Creates the application with a guard before it: tests pass one of their own. */
export function createHandler(guard: Guard): Handler {
  const routes: Readonly<Record<string, Handler>> = {
    [guard.metadata?.path ?? '']: () => metadataResponse(guard),
    '/notes': fetchGuard(guard, undefined, (_, { subject }) =>
      Response.json({ notes: [], for: subject }),
    ),
  }
  return (request) =>
    routes[new URL(request.url).pathname]?.(request) ?? new Response(null, { status: 404 })
}

if (import.meta.main) {
  const issuer = process.env['ISSUER'] ?? 'http://localhost:5000'
  const port = Number(process.env['PORT'] ?? 3000)
  const settings = settingsAt(`http://localhost:${port}`)
  const fetch = createHandler(
    createGuard({ issuer, audience: issuer, revocation: 'feed', ...settings }),
  )
  serve({ fetch, hostname: '127.0.0.1', port }, () => console.log(`Listening on port ${port}`))
}
