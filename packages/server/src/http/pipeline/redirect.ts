import { dataHeaders } from '../browser/security-headers.ts'
import { isReadable } from './target.ts'

/**
 * Answers plain HTTP with the way to https, which leads to the issuer whatever `Host` says. Who sends something is refused: a redirect would let a
 * client that sends passwords in the clear go on doing so unnoticed. So is what cannot be read, of which nobody knows whether it sends something.
 */
export function createRedirect(origin: string): (request: Request) => Promise<Response> {
  return async ({ method, url, headers: sent }) => {
    const headers = { ...dataHeaders, 'cache-control': 'no-store' }
    if (method !== 'GET' && method !== 'HEAD') return new Response(null, { status: 403, headers })
    if (!isReadable(url, sent.get('host'))) return new Response(null, { status: 400, headers })
    const { pathname, search } = new URL(url)
    const location = origin + pathname + search
    return new Response(null, { status: 308, headers: { ...headers, location } })
  }
}
