// A transfer that needs a fresh second factor: the page, its API (FRAMEWORK: hono or express) and the auth server in one process.
// npm start --workspace=@countersign/example-step-up
import { cookieNamesOf, createGuard, type RouteRequirements } from '@countersign/guard'
import { createServer, loadConfig } from '@countersign/server'
import { getRequestListener } from '@hono/node-server'
import { build } from 'esbuild'
import { Hono } from 'hono'
import { readFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createExpressApi } from './express-api.ts'
import { createHonoApi } from './hono-api.ts'

const port = process.env['PORT'] ?? '3000'
const url = `http://localhost:${port}`
const folder = new URL('.', import.meta.url)

const auth = await createServer(
  loadConfig({ mode: 'development', env: { ...process.env, COUNTERSIGN_HTTP_PORT: port } }),
)
const guard = createGuard({
  issuer: url,
  audience: url,
  cookie: { name: cookieNamesOf(url).access },
  revocation: 'feed', // a step-up revokes the tokens before it
})
// The token's acr must be one of these (phr: a passkey), and the factor proven within these seconds. The refusal names both (RFC 9470).
const fresh: RouteRequirements = {
  acr: ['phr', 'mfa'],
  maxAge: Number(process.env['MAX_AGE'] ?? 300),
}

const api =
  process.env['FRAMEWORK'] === 'express'
    ? createExpressApi(guard, fresh)
    : getRequestListener(createHonoApi(guard, fresh).fetch)

// In production a bundler does this at build time.
const { outputFiles } = await build({
  entryPoints: [new URL('page.js', folder).pathname],
  bundle: true,
  format: 'esm',
  conditions: ['@countersign/source'],
  write: false,
})
const script = outputFiles[0]?.text ?? ''
const site = new Hono()
site.get('/', async (c) => c.html(await readFile(new URL('page.html', folder), 'utf8')))
site.get('/page.js', (c) => c.body(script, 200, { 'content-type': 'text/javascript' }))
site.all('*', (c) => auth.fetch(c.req.raw)) // sign-in, step-up and all other routes of Countersign
const listener = getRequestListener(site.fetch)

createHttpServer((request, response) => {
  void (request.url?.startsWith('/api/') ? api : listener)(request, response)
}).listen(Number(port), 'localhost', () =>
  console.log(`Listening on ${url}: sign in as admin, with the password "password"`),
)
