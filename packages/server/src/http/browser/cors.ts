import { isLoopback, isOrigin } from '@countersign/token/internal'
import type { Log } from '../../domain/kernel/ports.ts'
import type { Route } from '../pipeline/route.ts'

/**
 * Sets the headers that let pages of other origins read a response (Fetch standard, section 3.2). By default none may. Origins are compared as
 * a whole with the operator's list: no other origin is echoed, and no token or request can extend the list.
 */
export type Cors = (headers: Headers, origin: string | null, rule: Route['cors']) => void

/** The response headers that such a page may read, besides those that every page may read. */
const exposed = 'dpop-nonce, retry-after, www-authenticate, x-request-id'

/** Makes the rule for the origins of `cors.origins`. */
export function createCors(origins: readonly string[]): Cors {
  return (headers, origin, rule) => {
    if (rule === 'any') {
      headers.set('access-control-allow-origin', '*') // a public document; `*` excludes credentials
      headers.set('access-control-expose-headers', exposed)
      headers.set('cross-origin-resource-policy', 'cross-origin')
      return
    }
    if (rule === 'none' || origins.length === 0) return
    headers.append('vary', 'Origin') // also if it is missing: else a cache could give this response to a page that may not read it
    if (origin === null || !origins.includes(origin)) return
    headers.set('access-control-allow-origin', origin)
    headers.set('access-control-allow-credentials', 'true')
    headers.set('access-control-expose-headers', exposed)
  }
}

const maxHints = 16 // more development servers than one machine has

/**
 * Makes the hint of development: the first time that a page of this machine calls whose origin is not listed, a line of the log names the
 * flag, because the browser tells the page only that it failed. Other origins are not logged: any page could fill the log.
 */
export function createCorsHint(
  { warn }: Pick<Log, 'warn'>,
  known: readonly string[],
): (origin: string | null) => void {
  const seen = new Set(known)
  return (origin) => {
    if (origin === null || seen.has(origin) || seen.size >= known.length + maxHints) return
    if (!isOrigin(origin) || !isLoopback(new URL(origin).hostname)) return
    seen.add(origin)
    warn(
      { origin },
      `cors.origins does not list ${origin}: its pages cannot read responses. If they should, start with --cors-origins ${origin}`,
    )
  }
}

/** Returns whether a request is a CORS preflight. */
export function isPreflight({ method, headers }: Request): boolean {
  return method === 'OPTIONS' && headers.has('access-control-request-method')
}

/** Sets the headers of a preflight's response, if its origin is allowed. */
export function answerPreflight(headers: Headers, methods: readonly string[]): void {
  headers.append('vary', 'Access-Control-Request-Method, Access-Control-Request-Headers')
  if (!headers.has('access-control-allow-origin')) return
  headers.set('access-control-allow-methods', methods.join(', '))
  headers.set('access-control-allow-headers', 'authorization, content-type, dpop')
  headers.set('access-control-max-age', '600') // seconds; browsers may miss a change of the list for as long
}
