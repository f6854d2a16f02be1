import Koa from 'koa'
import assert from 'node:assert/strict'
import { answeredFirstContract } from './answered-first.contract.ts'
import { guardContract } from './guard.contract.ts'
import { koaGuard, koaMetadata } from './koa.ts'
import { serve } from './serve.fixture.ts'

guardContract('Koa', async (guard, requirements) => {
  const metadata = guard.metadata && koaMetadata(guard)
  const app = new Koa()
    .use(async (ctx, next) => {
      if (metadata && ctx.path === guard.metadata?.path) metadata(ctx)
      else await next()
    })
    .use(koaGuard(guard, requirements))
    .use((ctx) => {
      const { principal } = ctx.state
      assert.equal(principal, guard.principalOf(ctx))
      ctx.body = { subject: principal?.subject ?? null }
    })
  const handle = app.callback()
  return serve((request, response) => void handle(request, response))
})

answeredFirstContract('Koa', async (guard, before, handle) => {
  const app = new Koa()
    .use(async (ctx, next) => {
      before(ctx.res)
      await next()
    })
    .use(koaGuard(guard))
    .use(handle)
  const handleRequest = app.callback()
  return serve((request, response) => void handleRequest(request, response))
})
