// Notes in Koa, with scopes. With Countersign running (npm start): npm start --workspace=@countersign/example-koa
import { createGuard, type Guard } from '@countersign/guard'
import { koaGuard } from '@countersign/guard/koa'
import Koa from 'koa'

/** Creates the application with a guard before it: tests pass one of their own. */
export function createApp(guard: Guard): Koa {
  const app = new Koa()

  app.use(koaGuard(guard)) // everything below requires a valid token
  app.use(async (ctx, next) => {
    if (ctx.path !== '/notes' || ctx.method !== 'GET') return next()
    ctx.body = { notes: [], for: guard.principalOf(ctx).subject }
    return undefined
  })

  app.use(koaGuard(guard, { scopes: ['notes:write'] })) // and this requires the scope notes:write
  app.use((ctx) => {
    if (ctx.path === '/notes' && ctx.method === 'POST') ctx.status = 201
  })
  return app
}

if (import.meta.main) {
  const issuer = process.env['ISSUER'] ?? 'http://localhost:5000'
  const port = Number(process.env['PORT'] ?? 3000)
  const app = createApp(createGuard({ issuer, audience: issuer, revocation: 'feed' }))
  app.listen(port, '127.0.0.1', () => console.log(`Listening on port ${port}`))
}
