import { nonPageHeaders } from '../browser/security-headers.ts'
import { isUnambiguous } from './request-target.ts'

/**
 * Redirects plain HTTP to the https origin of the issuer, whatever `Host` says. Methods that send something are refused with 403: a redirect
 * would let a client that sends passwords in clear text continue unnoticed. A malformed request target is refused with 400.
 */
export function createRedirect(origin: string): (request: Request) => Promise<Response> {
  return async ({ method, url, headers: sent }) => {
    const headers = { ...nonPageHeaders, 'cache-control': 'no-store' }
    if (method !== 'GET' && method !== 'HEAD') return new Response(null, { status: 403, headers })
    if (!isUnambiguous(url, sent.get('host'))) return new Response(null, { status: 400, headers })
    const { pathname, search } = new URL(url)
    const location = origin + pathname + search
    return new Response(null, { status: 308, headers: { ...headers, location } })
  }
}
