// The tutorial's application: log in, get a token, call a guarded route. Flask's decorator is Hono's middleware here, and
// PyJWT's encode and decode are a signer and a verifier, which cannot be made without a lifetime, an issuer and an audience.
import { serve } from '@hono/node-server'
import { createGuard, principalOf } from '@countersign/guard'
import { honoGuard } from '@countersign/guard/hono'
import {
  createSigner,
  createVerifier,
  generateKey,
  importSecret,
  isCountersignError,
  localKeySet,
} from '@countersign/token'
import { Hono } from 'hono'

const port = Number(process.env['PORT'] ?? 5000)

// app.config['SECRET_KEY']: from the environment, or new at each start; a short one is refused.
const key = secretKey(process.env['SECRET_KEY'])
const [issuer, audience] = [`http://localhost:${port}`, 'tutorial']

const signer = createSigner({ key, issuer, lifetime: 900 }) // seconds; the tutorial's hour is long for a stolen token
const verifier = createVerifier({
  issuer,
  audience,
  algorithms: ['HS256'],
  keys: localKeySet([key]),
})
const tokenRequired = honoGuard(createGuard({ verifier, missingStatus: 403 }))

const app = new Hono()

app.post('/login', async (c) => {
  const auth = await c.req
    .json<{ username?: unknown; password?: unknown } | null>()
    .catch(() => null)
  if (auth?.username === 'admin' && auth.password === 'password') {
    return c.json({ token: signer.sign({ sub: auth.username, aud: audience }) })
  }
  return c.json({ message: 'Invalid credentials' }, 401)
})

app.get('/protected', tokenRequired, (c) => {
  const { subject } = principalOf(c.req.raw)
  return c.json({ message: `Hello, ${subject}. You are authenticated!` })
})

const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port }, () =>
  console.log(`Listening on ${issuer}`),
)
server.on('error', (error: NodeJS.ErrnoException) => {
  exitWith(error.code === 'EADDRINUSE' ? `The port ${port} is taken; set PORT` : error.message)
})

function secretKey(text: string | undefined) {
  try {
    return text === undefined ? generateKey('HS256') : importSecret(text, 'HS256')
  } catch (error) {
    if (!isCountersignError(error)) throw error
    return exitWith(`SECRET_KEY: ${error.message}`)
  }
}

function exitWith(message: string): never {
  console.error(message)
  process.exit(1)
}
