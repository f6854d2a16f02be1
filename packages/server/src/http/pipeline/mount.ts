import type { Principal } from '@countersign/guard'
import { isCountersignError } from '@countersign/token'
import { Hono, type Context } from 'hono'
import type { Services } from './services.ts'
import { fail } from '../../failures.ts'
import { createAccess, type Access, type ExplainedRefusal } from './access.ts'
import type { Peer } from '../client-address/client-address.ts'
import { createAnswer, type Answer } from './answer.ts'
import { readBody } from './body.ts'
import { createEdge, createGate, createNotFound, type EdgeOptions, type Env } from './edge.ts'
import { wantsPage } from './error-page.ts'
import { failuresOf } from './failures-of.ts'
import { createLimiter, type Limiter } from './limit.ts'
import type { Page, PageInput } from '../pages/page.ts'
import { createSite } from '../pages/site.ts'
import { toProblem } from './problem.ts'
import { readQuery } from './query.ts'
import type { Route, RouteInput } from './route.ts'

/** The application that routes, and after them pages, are mounted on. */
export type App = Hono<Env>

/** How routes are mounted. */
export interface MountOptions extends EdgeOptions {
  /** Check each answer against its shape, and each failure against the route's list; for development and tests. */
  readonly strict: boolean
  /** What people are shown; none where there are no pages. */
  readonly pages?: readonly Page[] | undefined
  /** The settings in force, as administrators are shown them. */
  readonly settings?: PageInput['settings']
}

/** Routes to one Hono application: for each the same steps in the same order — limit, access, parse, handle, answer. */
export function mount(routes: readonly Route[], runtime: Services, options: MountOptions): App {
  const app: App = new Hono()
  const access = createAccess(runtime, [options.ownOrigin, ...options.origins])
  const answer = createAnswer()
  const steps: Steps = { ...options, access, answer, limiter: createLimiter(runtime), runtime }
  const site = options.pages && createSite(options.pages, runtime, { settings: [], ...options })
  const endpoints = [...routes, ...(site?.endpoints ?? [])]
  app.use(createEdge({ ...options, errorPage: site?.errorPage }, endpoints, runtime))
  app.use(createGate(options))
  for (const one of routes)
    app.on(one.method, one.path, (c, next) =>
      hasPage(one, options) && wantsPage(c.req.raw) ? next() : serve(one, c, steps),
    )
  site?.mountOn(app)
  app.notFound(createNotFound(endpoints, runtime))
  app.onError((error, c) => toProblem({ error }, c.var, runtime))
  return app
}

/** Whether there is a page of the same address, for people who go there with a browser. */
function hasPage({ method, path }: Route, { pages = [] }: MountOptions): boolean {
  return method === 'GET' && pages.some((page) => page.path === path)
}

interface Steps extends MountOptions {
  readonly access: Access
  readonly answer: Answer
  readonly limiter: Limiter
  readonly runtime: Services
}

async function serve(one: Route, c: Context<Env>, steps: Steps): Promise<Response> {
  const { answer, limiter, addresses, runtime, strict } = steps
  const { raw } = c.req
  c.set('route', one)
  if (steps.production) refusePlain(one, c.env, steps)
  const address = addresses.of(c.env, (name) => raw.headers.get(name))
  await limiter.beforeAccess(one.limit, address)
  const first = await steps.access(one, raw)
  if (isRefusal(first)) return toProblem({ refused: first }, c.var, runtime)
  if (first) c.set('user', first.subject)
  await limiter.afterAccess(one.limit, first)
  const query = one.query && readQuery(raw.url, one.query)
  const body = one.body && (await readBody(raw, one.body))
  // Nobody's body is read for nothing; but it may take half a minute to come, and whoever was locked out meanwhile does nothing more.
  const caller = one.body ? await steps.access(one, raw) : first
  if (isRefusal(caller)) return toProblem({ refused: caller }, c.var, runtime)
  const input = {
    runtime,
    query,
    request: raw,
    body,
    params: c.req.param(),
    client: { userAgent: c.req.header('user-agent'), address },
    principal: () => known(caller),
    caller,
    cookies: c.get('cookies'),
  }
  return answer(one, input, await handled(one, input, strict))
}

function isRefusal(caller: Awaited<ReturnType<Access>>): caller is ExplainedRefusal {
  return caller !== undefined && 'allowed' in caller
}

/**
 * A socket of ours that is open to a network, for a proxy, is open to everybody there: what is worth something is not taken in the clear from
 * anybody but the proxy. What holds no secret, such as keys and health, may be asked for. Fails with `https_required`.
 */
function refusePlain(one: Route, peer: Peer, { addresses }: Steps): void {
  const secret = one.access !== 'public' || one.body !== undefined
  if (secret && addresses.isExposed(peer)) throw fail('https_required')
}

/** What the handler answers. Strict, an answer of another shape or a failure that the route does not list is a bug. */
async function handled(one: Route, input: RouteInput<unknown>, strict: boolean): Promise<unknown> {
  if (!strict) return one.handle(input)
  try {
    const result = await one.handle(input)
    one.answer.parse(result)
    return result
  } catch (error) {
    const listed: readonly string[] = failuresOf(one)
    if (!isCountersignError(error) || listed.includes(error.code)) throw error
    throw new Error(`${one.path} does not list the failure ${error.code}`, { cause: error })
  }
}

function known(caller: Principal | undefined): Principal {
  if (!caller) throw new Error('a public route asked who is calling')
  return caller
}
