import { dataHeaders } from './security-headers.ts'

/**
 * Answers plain HTTP with the way to https, which leads to the issuer whatever `Host` says. Who sends something is refused: a redirect would let a
 * client that sends passwords in the clear go on doing so unnoticed.
 */
export function createRedirect(origin: string): (request: Request) => Promise<Response> {
  return async ({ method, url }) => {
    const headers = { ...dataHeaders, 'cache-control': 'no-store' }
    if (method !== 'GET' && method !== 'HEAD') return new Response(null, { status: 403, headers })
    const { pathname, search } = new URL(url)
    const location = origin + pathname + search
    return new Response(null, { status: 308, headers: { ...headers, location } })
  }
}
