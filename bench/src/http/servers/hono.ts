// Hono on @hono/node-server: hono.ts <variant>
import { serve } from '@hono/node-server'
import { Hono, type Context } from 'hono'
import { audience, chosen, issuer, looksLikeBearer, port, secret } from './shared.ts'

type Build = (app: Hono) => unknown

const publicNote = (c: Context) => c.json({ owner: 'nobody' })

function ours(cache: boolean): Build {
  return async (app) => {
    const [{ honoGuard }, { newGuard }] = await Promise.all([
      import('@countersign/guard/hono'),
      import('./guard.ts'),
    ])
    app.get('/', honoGuard(newGuard({ cache })), (c) => c.json({ owner: c.var.principal.subject }))
  }
}

function theirs(toSecret: () => Promise<string | CryptoKey>): Build {
  return async (app) => {
    const { jwt } = await import('hono/jwt')
    const verification = { iss: issuer, aud: audience }
    app.get('/', jwt({ secret: await toSecret(), alg: 'HS256', verification }), (c) =>
      c.json({ owner: (c.get('jwtPayload') as { readonly sub: string }).sub }),
    )
  }
}

const cryptoKey = () =>
  crypto.subtle.importKey(
    'raw',
    new TextEncoder().encode(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['verify'],
  )

const app = new Hono()
await chosen<Build>({
  none: () => app.get('/', publicNote),
  empty: () =>
    app.get(
      '/',
      (c, next) => (looksLikeBearer(c.req.header('authorization')) ? next() : c.body(null, 401)),
      publicNote,
    ),
  theirs: theirs(async () => secret),
  'theirs-key': theirs(cryptoKey),
  ours: ours(true),
  'ours-cold': ours(false),
})(app)
serve({ fetch: app.fetch, hostname: '127.0.0.1', port })
