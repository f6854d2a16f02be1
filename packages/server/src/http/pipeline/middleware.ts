import type { CookieNames } from '@countersign/guard'
import { randomUUID } from 'node:crypto'
import type { Context, Hono, MiddlewareHandler } from 'hono'
import type { RequestFacts } from '../../domain/kernel/ports.ts'
import type { Services } from './services.ts'
import { fail } from '../../failures.ts'
import type { Addresses, Peer } from '../client-address/client-address.ts'
import { createCookies, type Cookies } from '../browser/cookies.ts'
import { answerPreflight, createCors, createCorsHint, isPreflight } from '../browser/cors.ts'
import { toErrorPage, wantsPage } from './error-page.ts'
import { forwardingHeaders } from '../client-address/forwarded-header.ts'
import { toProblem, type ProblemDeps } from './problem.ts'
import type { Route } from './route.ts'
import { addSecurityHeaders } from '../browser/security-headers.ts'
import { isForeignName, isUnambiguous } from './request-target.ts'

// The middleware for every request and every response, on each route and also without one.

/** One method of one path, with its CORS rule: what a route, a page and a form have in common. */
export type Endpoint = Pick<Route, 'method' | 'path' | 'cors'>

/** The ids of a request, for the log. */
export interface RequestIds {
  requestId: string
  /** The id that a declared proxy has sent. */
  outer?: string | undefined
}

/** The context of a request in Hono. */
export interface Env {
  Bindings: Peer
  Variables: RequestIds & {
    cookies: Cookies
    route?: Endpoint
    user?: string
  }
}

/** The application that routes and pages are mounted on. */
export type App = Hono<Env>

/** The options of the middleware: how the server is reached, and which origins may call it. */
export interface MiddlewareOptions {
  readonly addresses: Addresses
  /** The origin of the issuer: the origin of this server's own pages. */
  readonly ownOrigin: string
  /** Other origins whose pages may read responses, and send cookies with their requests. */
  readonly origins: readonly string[]
  /** The names of the cookies, which depend on the mode and the issuer. */
  readonly cookieNames: CookieNames
  /** The value of Strict-Transport-Security; none if this server is not reached by https. */
  readonly hsts?: string | undefined
  /** Accept secrets from other machines over encrypted connections only, and warn of proxy headers from undeclared proxies. */
  readonly production: boolean
  /** The only host name, besides those of this machine, that requests may name; in production the proxy checks it. */
  readonly onlyHost?: string | undefined
  /** True if other machines get no answer: in development, where the sockets are an application's, which may listen on every address. */
  readonly onlyThisMachine?: boolean
  /** Turns a problem document into a page in the layout of the server's pages, if it has any. */
  readonly errorPage?: ((problem: Response, request: Request) => Promise<Response>) | undefined
}

/**
 * Makes the first and last step of every request: it assigns the request id, and adds the headers that every response has. The id is always
 * generated here: a client that chose it could make two requests look like one. The id of a declared proxy is logged beside it.
 */
export function createMiddleware(
  options: MiddlewareOptions,
  endpoints: readonly Endpoint[],
  runtime: Observability,
): MiddlewareHandler<Env> {
  const { addresses, cookieNames, ownOrigin, origins, hsts, production } = options
  const { errorPage = toErrorPage } = options
  const cors = createCors(origins)
  const hint = production ? undefined : createCorsHint(runtime.log, [ownOrigin, ...origins])
  let warned = !production
  return async (c, next) => {
    const requestId = randomUUID()
    c.set('requestId', requestId)
    const { raw } = c.req
    const cookies = createCookies(raw, cookieNames, [ownOrigin, ...origins])
    c.set('cookies', cookies)
    const took = runtime.stopwatch()
    const proxied = addresses.isProxy(c.env)
    const outer = proxied ? requestIdOf(raw.headers.get('x-request-id')) : undefined
    if (outer !== undefined) c.set('outer', outer)
    if (!warned && !proxied && forwardingHeaders.some((name) => raw.headers.has(name))) {
      warned = true
      runtime.log.warn({ requestId }, undeclared)
    }
    // A trace is continued for a declared proxy only: any other client could write into the traces of others, or force all of its own to be sampled.
    const caller = proxied ? traceOf(raw.headers) : {}
    await runtime.tracer.request(caller, next, () => toFacts(c))
    const endpoint = c.get('route') ?? endpointsAt(endpoints, c.req.path)[0]
    if (c.res.status >= 400 && isProblem(c.res) && wantsPage(raw))
      c.res = await errorPage(c.res, raw)
    const { headers } = c.res
    for (const line of cookies.changes()) headers.append('set-cookie', line)
    headers.set('x-request-id', requestId)
    addSecurityHeaders(headers, hsts)
    const origin = raw.headers.get('origin')
    cors(headers, origin, endpoint?.cors)
    if (endpoint?.cors === undefined) hint?.(origin)
    if (isPreflight(raw)) answerPreflight(headers, methodsAt(endpoints, c.req.path))
    logRequest(c, runtime, took())
  }
}

/** The ports with which every request is measured and logged. */
export type Observability = Pick<Services, 'log' | 'metrics' | 'stopwatch' | 'tracer'>

/** Logs and counts a request by the route's pattern: the path itself comes from the caller and could hold anything. */
function logRequest(c: Context<Env>, { log, metrics }: Observability, seconds: number): void {
  const { method, path: route } = c.get('route') ?? unmatchedEndpoint(c)
  const { status } = c.res
  const labels = { method, route, status: String(status) }
  metrics.observe('http_request_duration_seconds', labels, seconds)
  const milliseconds = Math.round(seconds * 1e4) / 10
  const [requestId, outer, user] = [c.get('requestId'), c.get('outer'), c.get('user')]
  log.info({ requestId, outer, method, route, status, milliseconds, user }, 'request')
}

/** Returns the trace headers of a request (W3C Trace Context). */
function traceOf(headers: Headers): Readonly<Record<string, string>> {
  const said = ['traceparent', 'tracestate'].map((name) => [name, headers.get(name)] as const)
  return Object.fromEntries(said.filter((one): one is [string, string] => one[1] !== null))
}

/** Returns the name and attributes of a request's span. */
function toFacts(c: Context<Env>): RequestFacts {
  const { method, path: route } = c.get('route') ?? unmatchedEndpoint(c)
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

/** The endpoint to log where none matches. An unknown method could be any text, so it is logged as `other`. */
function unmatchedEndpoint({ req: { method } }: Context<Env>) {
  return { method: standardMethods.has(method) ? method : 'other', path: 'none' }
}

const standardMethods: ReadonlySet<string> = new Set(
  'GET HEAD POST PUT PATCH DELETE OPTIONS TRACE CONNECT'.split(' '), // RFC 9110, section 9.3, and RFC 5789
)

const undeclared =
  'ignored proxy headers from an address that proxy.addresses does not list. If there is a proxy, add its address'

/** Accepts a request id as proxies generate them; any other text could split a log line or fill the log. */
function requestIdOf(text: string | null): string | undefined {
  return text !== null && /^[\w.-]{8,64}$/.test(text) ? text : undefined
}

function isProblem({ headers }: Response): boolean {
  return headers.get('content-type') === 'application/problem+json'
}

/**
 * Rejects malformed request targets, unknown transfer codings (RFC 9112, section 6.1), and in development requests for another host, before any
 * route. Fails with `target_malformed`, `transfer_coding_unknown`, `host_unknown` and `machine_unknown`.
 */
export function createRequestCheck({
  onlyHost,
  onlyThisMachine,
  addresses,
}: MiddlewareOptions): MiddlewareHandler<Env> {
  return (c, next) => {
    const host = c.req.raw.headers.get('host')
    if (!isUnambiguous(c.req.url, host)) throw fail('target_malformed')
    if (!/^chunked$/i.test(c.req.raw.headers.get('transfer-encoding') ?? 'chunked'))
      throw fail('transfer_coding_unknown')
    if (onlyHost !== undefined && host !== null && isForeignName(host, onlyHost))
      throw fail('host_unknown')
    if (onlyThisMachine && addresses.isElsewhere(c.env)) throw fail('machine_unknown')
    return next()
  }
}

/** Answers requests that match no endpoint: 404, or 405 with the methods of the path, or those methods alone for OPTIONS. */
export function createNotFound(endpoints: readonly Endpoint[], runtime: ProblemDeps) {
  return (c: Context<Env>): Response => {
    const methods = methodsAt(endpoints, c.req.path)
    const headers = { allow: methods.join(', ') }
    if (methods.length > 0 && c.req.method === 'OPTIONS')
      return new Response(null, {
        status: 204,
        headers: { ...headers, 'cache-control': 'no-store' },
      })
    // A missing asset matches the asset path and its method: that is 404, not 405.
    const wrong = methods.length > 0 && !methods.includes(c.req.method)
    const error = fail(wrong ? 'method_not_allowed' : 'route_unknown')
    const response = toProblem({ error }, c.var, runtime)
    if (wrong) response.headers.set('allow', headers.allow)
    return response
  }
}

/** Returns the methods of a path: its own, HEAD if it has GET, and OPTIONS. */
function methodsAt(endpoints: readonly Endpoint[], path: string): readonly string[] {
  const own = new Set(endpointsAt(endpoints, path).map(({ method }) => method))
  if (own.size === 0) return []
  return [...own, ...(own.has('GET') ? ['HEAD'] : []), 'OPTIONS']
}

function endpointsAt(endpoints: readonly Endpoint[], path: string): readonly Endpoint[] {
  const segments = path.split('/')
  return endpoints.filter((one) => matches(one.path.split('/'), segments))
}

/** Returns whether the segments of a path match those of a pattern, in which `:name` stands for any text. */
export function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, at) =>
      part.startsWith(':') ? segments[at] !== '' : part === segments[at],
    )
  )
}
