import { randomUUID } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import type { RequestFacts } from '../../domain/kernel/ports.ts'
import type { Services } from './services.ts'
import { fail } from '../../failures.ts'
import type { Addresses, Peer } from '../client-address/client-address.ts'
import { createCookies, type Cookies } from '../browser/cookies.ts'
import { answerPreflight, createCors, isPreflight } from '../browser/cors.ts'
import { toErrorPage, wantsPage } from './error-page.ts'
import { forwardingHeaders } from '../client-address/forwarded.ts'
import { toProblem } from './problem.ts'
import type { Route } from './route.ts'
import { addSecurityHeaders } from '../browser/security-headers.ts'
import { isForeignName, isReadable } from './target.ts'

// What every request and every answer goes through, whatever the route, and where there is none.

/** One method of one path: what a route, a page and a form have in common. */
export type Endpoint = Pick<Route, 'method' | 'path' | 'cors'>

/** What a request is known by on its way. */
export interface Env {
  Bindings: Peer
  Variables: {
    requestId: string
    /** That of a declared proxy. */
    outer?: string
    cookies: Cookies
    route?: Endpoint
    user?: string
  }
}

/** How a server meets the world. */
export interface EdgeOptions {
  readonly addresses: Addresses
  /** The origin of the issuer, whose pages are ours. */
  readonly ownOrigin: string
  /** Other origins whose pages may read answers, and send cookies with their requests. */
  readonly origins: readonly string[]
  /** The value of Strict-Transport-Security; none where this server is not reached by https. */
  readonly hsts?: string | undefined
  /** Take no secret from beyond this machine unless it was encrypted, and say when headers come that nobody declared. */
  readonly production: boolean
  /** The only name, beside those of this machine, under which requests are answered; in production the proxy sees to it. */
  readonly onlyHost?: string | undefined
  /** How a problem is told to a person, where the server has pages that it can look like. */
  readonly errorPage?: ((problem: Response) => Promise<Response>) | undefined
}

/**
 * The first and the last step of every request: it gets its id, and its answer gets what all answers have. The id is always made here: one that
 * comes with a request is its sender's, and whoever chooses an id can make two requests look like one. That of a declared proxy is logged beside it.
 */
export function createEdge(
  options: EdgeOptions,
  endpoints: readonly Endpoint[],
  runtime: Watch,
): MiddlewareHandler<Env> {
  const { addresses, ownOrigin, origins, hsts, production, errorPage = toErrorPage } = options
  const cors = createCors(origins)
  let warned = !production
  return async (c, next) => {
    const requestId = randomUUID()
    c.set('requestId', requestId)
    const { raw } = c.req
    const cookies = createCookies(raw, [ownOrigin, ...origins])
    c.set('cookies', cookies)
    const took = runtime.stopwatch()
    const proxied = addresses.isProxy(c.env)
    const outer = proxied ? requestIdOf(raw.headers.get('x-request-id')) : undefined
    if (outer !== undefined) c.set('outer', outer)
    if (!warned && !proxied && forwardingHeaders.some((name) => raw.headers.has(name))) {
      warned = true
      runtime.log.warn({ requestId }, undeclared)
    }
    // A trace is gone on with only for a declared proxy: anybody else could write into the traces of others, or have all of theirs kept.
    const caller = proxied ? traceOf(raw.headers) : {}
    await runtime.tracer.request(caller, next, () => toFacts(c))
    const known = c.get('route') ?? endpointsAt(endpoints, c.req.path)[0]
    if (c.res.status >= 400 && isProblem(c.res) && wantsPage(raw)) c.res = await errorPage(c.res)
    const { headers } = c.res
    for (const line of cookies.changes()) headers.append('set-cookie', line)
    headers.set('x-request-id', requestId)
    addSecurityHeaders(headers, hsts)
    cors(headers, raw.headers.get('origin'), known?.cors)
    if (isPreflight(raw)) answerPreflight(headers, methodsAt(endpoints, c.req.path))
    tell(c, runtime, took())
  }
}

type Watch = Pick<Services, 'log' | 'metrics' | 'stopwatch' | 'tracer'>

/** Logs and counts a request. By the route's own pattern: what stands in a path is the caller's, and could be anything. */
function tell(c: Context<Env>, { log, metrics }: Watch, seconds: number): void {
  const { method, path: route } = c.get('route') ?? clientNetworkOf(c)
  const { status } = c.res
  const labels = { method, route, status: String(status) }
  metrics.observe('http_request_duration_seconds', labels, seconds)
  const milliseconds = Math.round(seconds * 1e4) / 10
  const [requestId, outer, user] = [c.get('requestId'), c.get('outer'), c.get('user')]
  log.info({ requestId, outer, method, route, status, milliseconds, user }, 'request')
}

/** What a request is part of, as its sender says it (W3C Trace Context). */
function traceOf(headers: Headers): Readonly<Record<string, string>> {
  const said = ['traceparent', 'tracestate'].map((name) => [name, headers.get(name)] as const)
  return Object.fromEntries(said.filter((one): one is [string, string] => one[1] !== null))
}

/** What a trace says of a request. */
function toFacts(c: Context<Env>): RequestFacts {
  const { method, path: route } = c.get('route') ?? clientNetworkOf(c)
  const { status } = c.res
  return {
    name: `${method} ${route}`,
    facts: {
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code': status,
      'countersign.request_id': c.get('requestId'),
    },
    failed: status >= 500,
  }
}

/** Where nobody is at home. A method that nobody knows could be anything, as a path could. */
function clientNetworkOf({ req: { method } }: Context<Env>) {
  return { method: standardMethods.has(method) ? method : 'other', path: 'none' }
}

const standardMethods: ReadonlySet<string> = new Set(
  'GET HEAD POST PUT PATCH DELETE OPTIONS TRACE CONNECT'.split(' '), // RFC 9110, section 9.3, and RFC 5789
)

const undeclared =
  'headers of a proxy arrive from somewhere that proxy.addresses does not name; they are not believed. If there is a proxy, declare it'

/** A request id as proxies make them; anything else could break a log line apart, or fill the log. */
function requestIdOf(text: string | null): string | undefined {
  return text !== null && /^[\w.-]{8,64}$/.test(text) ? text : undefined
}

function isProblem({ headers }: Response): boolean {
  return headers.get('content-type') === 'application/problem+json'
}

/** Refuses what cannot be read, and in development what is meant for another host, before any route sees it. */
export function createGate({ onlyHost }: EdgeOptions): MiddlewareHandler<Env> {
  return (c, next) => {
    const host = c.req.raw.headers.get('host')
    if (!isReadable(c.req.url, host)) throw fail('target_malformed')
    if (onlyHost !== undefined && host !== null && isForeignName(host, onlyHost))
      throw fail('host_unknown')
    return next()
  }
}

/** Answers where nothing else does: 404, 405 with the methods that the path has, or to OPTIONS those alone. */
export function createNotFound(
  endpoints: readonly Endpoint[],
  runtime: Watch & Pick<Services, 'issuer'>,
) {
  return (c: Context<Env>): Response => {
    const methods = methodsAt(endpoints, c.req.path)
    const headers = { allow: methods.join(', ') }
    if (methods.length > 0 && c.req.method === 'OPTIONS')
      return new Response(null, {
        status: 204,
        headers: { ...headers, 'cache-control': 'no-store' },
      })
    // A file that is not there is asked for by a method that is.
    const wrong = methods.length > 0 && !methods.includes(c.req.method)
    const error = fail(wrong ? 'method_not_allowed' : 'route_unknown')
    const response = toProblem({ error }, c.var, runtime)
    if (wrong) response.headers.set('allow', headers.allow)
    return response
  }
}

/** The methods that a path answers to: its own, HEAD where there is GET, and OPTIONS. */
function methodsAt(endpoints: readonly Endpoint[], path: string): readonly string[] {
  const own = new Set(endpointsAt(endpoints, path).map(({ method }) => method))
  if (own.size === 0) return []
  return [...own, ...(own.has('GET') ? ['HEAD'] : []), 'OPTIONS']
}

function endpointsAt(endpoints: readonly Endpoint[], path: string): readonly Endpoint[] {
  const segments = path.split('/')
  return endpoints.filter((one) => {
    const wanted = one.path.split('/')
    return (
      wanted.length === segments.length &&
      wanted.every((part, at) =>
        part.startsWith(':') ? segments[at] !== '' : part === segments[at],
      )
    )
  })
}
