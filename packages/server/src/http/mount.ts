import type { Principal } from '@countersign/guard'
import { isCountersignError } from '@countersign/token'
import { randomUUID } from 'node:crypto'
import { Hono, type Context } from 'hono'
import type { Runtime } from '../domain/runtime.ts'
import { fail } from '../failures.ts'
import { createAccess, type Access } from './access.ts'
import type { AddressOf, Peer } from './address.ts'
import { readBody } from './body.ts'
import { createCookies, type Cookies } from './cookies.ts'
import { createLimiter, type Limiter } from './limit.ts'
import { toProblem } from './problem.ts'
import { noContent, type Route, type RouteInput } from './route.ts'

interface Env {
  Bindings: Peer
  Variables: { requestId: string; cookies: Cookies; route?: Route; user?: string }
}

type App = Hono<Env>

/** How routes are mounted. */
export interface MountOptions {
  /** Check each answer against its shape, and each failure against the route's list; for development and tests. */
  readonly strict: boolean
  readonly addressOf: AddressOf
  /** Whose pages may use cookies: this server's own origin, and what the operator lists. */
  readonly origins: readonly string[]
}

/** Routes to one Hono application: for each the same steps in the same order — limit, access, parse, handle, answer. */
export function mount(routes: readonly Route[], runtime: Runtime, options: MountOptions): App {
  const app: App = new Hono()
  const access = createAccess(runtime.issuer, options.origins)
  const steps: Steps = { ...options, access, limiter: createLimiter(runtime), runtime }
  app.use(async (c, next) => {
    const requestId = randomUUID()
    c.set('requestId', requestId)
    const cookies = createCookies(c.req.raw, options.origins)
    c.set('cookies', cookies)
    const took = runtime.stopwatch()
    await next()
    for (const line of cookies.changes()) c.res.headers.append('set-cookie', line)
    c.res.headers.set('x-request-id', requestId)
    c.res.headers.set('x-content-type-options', 'nosniff')
    const { method, path: route } = c.get('route') ?? nowhere
    const { status } = c.res
    const seconds = took()
    const labels = { method, route, status: String(status) }
    runtime.metrics.observe('http_request_duration_seconds', labels, seconds)
    // The route's own pattern: what stands in a path is the caller's, and could be anything.
    const milliseconds = Math.round(seconds * 1e4) / 10
    const user = c.get('user')
    runtime.log.info({ requestId, method, route, status, milliseconds, user }, 'request')
  })
  for (const one of routes) app.on(one.method, one.path, (c) => answer(one, c, steps))
  app.notFound((c) => {
    const methods = methodsAt(routes, c.req.path)
    const error = fail(methods.length === 0 ? 'route_unknown' : 'method_not_allowed')
    const response = toProblem({ error }, c.get('requestId'), runtime)
    if (methods.length > 0) response.headers.set('allow', methods.join(', '))
    return response
  })
  app.onError((error, c) => toProblem({ error }, c.get('requestId'), runtime))
  return app
}

/** Where nobody is at home. */
const nowhere = { method: 'other', path: 'none' } as const

/** The methods that some route takes at a path. */
function methodsAt(routes: readonly Route[], path: string): readonly string[] {
  const segments = path.split('/')
  const fits = (pattern: string) => {
    const wanted = pattern.split('/')
    return (
      wanted.length === segments.length &&
      wanted.every((one, at) => one.startsWith(':') || one === segments[at])
    )
  }
  return routes.filter((one) => fits(one.path)).map(({ method }) => method)
}

interface Steps extends MountOptions {
  readonly access: Access
  readonly limiter: Limiter
  readonly runtime: Runtime
}

async function answer(
  one: Route,
  c: Context<Env>,
  { access, limiter, addressOf, runtime, strict }: Steps,
): Promise<Response> {
  c.set('route', one)
  const address = addressOf(c.env)
  await limiter.beforeAccess(one.limit, address)
  const caller = await access(one, c.req.raw)
  if (caller && 'allowed' in caller)
    return toProblem({ refused: caller }, c.get('requestId'), runtime)
  if (caller) c.set('user', caller.subject)
  await limiter.afterAccess(one.limit, caller)
  const body = one.body && (await readBody(c.req.raw, one.body))
  const input = {
    runtime,
    body,
    params: c.req.param(),
    origin: { userAgent: c.req.header('user-agent'), address },
    principal: () => known(caller),
    caller,
    cookies: c.get('cookies'),
  }
  const result = await handled(one, input, strict)
  const cache = one.cacheFor === undefined ? 'no-store' : `public, max-age=${one.cacheFor}`
  if (one.answer === noContent)
    return new Response(null, { status: 204, headers: { 'cache-control': cache } })
  const headers = { 'content-type': one.type ?? 'application/json', 'cache-control': cache }
  return Response.json(result, { status: one.status ?? 200, headers })
}

/** What the handler answers. Strict, an answer of another shape or a failure that the route does not list is a bug. */
async function handled(one: Route, input: RouteInput<unknown>, strict: boolean): Promise<unknown> {
  if (!strict) return one.handle(input)
  try {
    const result = await one.handle(input)
    one.answer.parse(result)
    return result
  } catch (error) {
    const listed: readonly string[] = one.failures
    if (!isCountersignError(error) || listed.includes(error.code)) throw error
    throw new Error(`${one.path} does not list the failure ${error.code}`, { cause: error })
  }
}

function known(caller: Principal | undefined): Principal {
  if (!caller) throw new Error('a public route asked who is calling')
  return caller
}
