// Code that must compile, and code that must not. Checked by tsc; never run.
import { Hono } from 'hono'
import Koa from 'koa'
import * as z from 'zod'
import { fetchGuard } from './adapters/fetch.ts'
import { honoGuard } from './adapters/hono.ts'
import { createGuard, type RouteRequirements } from './index.ts'
import { koaGuard } from './adapters/koa.ts'
import { nodeGuard } from './adapters/node.ts'

const claims = z.object({ tenant: z.string(), plan: z.enum(['free', 'paid']).default('free') })
const guard = createGuard({ issuer: 'https://issuer.example', audience: 'api', claims })
const plain = createGuard({ issuer: 'https://issuer.example', audience: 'api' })

/** Claims have the type that the guard's schema gives them, in every framework. */
export function inferred(request: Request): readonly unknown[] {
  const plan: 'free' | 'paid' = guard.principalOf(request).claims.plan
  const subject: string = plain.principalOf(request).claims.sub
  return [
    plan,
    subject,
    new Hono().get('/', honoGuard(guard), (c) => c.text(c.var.principal.claims.tenant)),
    new Hono().get('/', honoGuard(guard.optional), (c) =>
      c.text(c.var.principal?.claims.tenant ?? ''),
    ),
    new Koa().use(koaGuard(guard)).use((ctx) => {
      ctx.body = ctx.state.principal.claims.tenant
    }),
    fetchGuard(guard, undefined, (_, { claims: { tenant } }) => new Response(tenant)),
    nodeGuard(guard, undefined, (_, response, principal) => {
      response.end(principal.claims.tenant)
    }),
  ]
}

/** Each of these is refused by the compiler. */
export function refused(request: Request): readonly unknown[] {
  // @ts-expect-error the principal may be undefined there
  const subject = guard.optional.principalOf(request).subject
  // @ts-expect-error the schema has no such claim
  const wrong = guard.principalOf(request).claims.team
  // @ts-expect-error a misspelt requirement
  const requirements: RouteRequirements = { scope: ['a'] }
  return [
    subject,
    wrong,
    requirements,
    // @ts-expect-error no audience
    createGuard({ issuer: 'https://issuer.example' }),
    // @ts-expect-error no issuer to trust
    createGuard({ realm: 'notes' }),
  ]
}
