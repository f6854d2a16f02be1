// Notes in a browser: the page, its API and the auth server in one process. npm start --workspace=@countersign/example-browser
import { cookieNamesOf, createGuard } from '@countersign/guard'
import { honoGuard } from '@countersign/guard/hono'
import { createServer, loadConfig } from '@countersign/server'
import { serve } from '@hono/node-server'
import { build } from 'esbuild'
import { Hono } from 'hono'
import { html } from 'hono/html'
import { readFile } from 'node:fs/promises'
import { freshCookies } from './fresh-cookies.ts'

const port = process.env['PORT'] ?? '3000'
const url = `http://localhost:${port}`
const folder = new URL('.', import.meta.url)

const auth = await createServer(
  loadConfig({ mode: 'development', env: { ...process.env, COUNTERSIGN_HTTP_PORT: port } }),
)
// The guard reads the access token from the cookie of the auth server. It rejects requests that change data from other sites (CSRF).
const guard = createGuard({
  issuer: url,
  audience: url,
  cookie: { name: cookieNamesOf(url).access },
})
const notes = new Map<string, readonly string[]>()
const app = new Hono()

app.get('/', async (c) => c.html(await readFile(new URL('page.html', folder), 'utf8')))

// In production a bundler does this at build time.
const { outputFiles } = await build({
  entryPoints: [new URL('page.js', folder).pathname],
  bundle: true,
  format: 'esm',
  conditions: ['@countersign/source'],
  write: false,
})
const script = outputFiles[0]?.text ?? ''
app.get('/page.js', (c) => c.body(script, 200, { 'content-type': 'text/javascript' }))

app.get('/api/notes', honoGuard(guard), (c) => c.json(notes.get(c.var.principal.subject) ?? []))

app.post('/api/notes', honoGuard(guard), async (c) => {
  const { subject } = c.var.principal
  const own = [...(notes.get(subject) ?? []), await c.req.text()]
  notes.set(subject, own)
  return c.json(own, 201)
})

// The same notes, rendered on the server: they need no script.
app.get(
  '/plain',
  freshCookies(url, async (request) => auth.fetch(request)),
  honoGuard(guard.optional),
  (c) => {
    const { principal } = c.var
    if (!principal) return c.redirect('/')
    const items = (notes.get(principal.subject) ?? []).map((note) => html`<li>${note}</li>`)
    return c.html(
      html`<!doctype html><title>Notes</title>
        <ul>
          ${items}
        </ul>`,
    )
  },
)

app.all('*', (c) => auth.fetch(c.req.raw)) // sign-in, refresh and all other routes of Countersign

serve({ fetch: app.fetch, hostname: 'localhost', port: Number(port) }, () =>
  console.log(`Listening on ${url}: sign in as admin, with the password "password"`),
)
