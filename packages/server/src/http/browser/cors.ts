import type { Route } from '../pipeline/route.ts'

/**
 * Which pages of other origins may read an answer (the Fetch standard, section 3.2). By default none. Origins are compared whole with a list that
 * the operator wrote; nothing is echoed that is not on it, and nothing that a token or a request says adds to it.
 */
export type Cors = (headers: Headers, origin: string | null, rule: Route['cors']) => void

/** What a page may read of an answer beside what it may always read. */
const exposed = 'retry-after, www-authenticate, x-request-id'

/** Makes the rule for the origins of `cors.origins`. */
export function createCors(origins: readonly string[]): Cors {
  return (headers, origin, rule) => {
    if (rule === 'any') {
      headers.set('access-control-allow-origin', '*') // a public document: without credentials, for `*` forbids them
      headers.set('cross-origin-resource-policy', 'cross-origin')
      return
    }
    if (rule === 'none' || origins.length === 0) return
    headers.append('vary', 'Origin') // also without one: else a cache gives this answer to a page that may not read it
    if (origin === null || !origins.includes(origin)) return
    headers.set('access-control-allow-origin', origin)
    headers.set('access-control-allow-credentials', 'true')
    headers.set('access-control-expose-headers', exposed)
  }
}

/** Whether a request is a browser's question before the request proper. */
export function isPreflight({ method, headers }: Request): boolean {
  return method === 'OPTIONS' && headers.has('access-control-request-method')
}

/** What a preflight is told of a path, when its origin may read at all. */
export function answerPreflight(headers: Headers, methods: readonly string[]): void {
  headers.append('vary', 'Access-Control-Request-Method, Access-Control-Request-Headers')
  if (!headers.has('access-control-allow-origin')) return
  headers.set('access-control-allow-methods', methods.join(', '))
  headers.set('access-control-allow-headers', 'authorization, content-type')
  headers.set('access-control-max-age', '600') // ten minutes: how long a change of the list may go unnoticed
}
