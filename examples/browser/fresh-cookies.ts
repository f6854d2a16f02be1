import type { MiddlewareHandler } from 'hono'

const access = '__Host-countersign_access'
const refresh = '__Host-countersign_refresh'

/**
 * For pages that are rendered on the server: when the browser's access token has expired, and its cookie with it, trades the refresh
 * token for both anew, for this request and for the browser. Pages that are asked for at once do no harm: the auth server gives them
 * the same. `issuer` is its address, which is this site's own.
 */
export function freshCookies(
  issuer: string,
  ask: (request: Request) => Promise<Response> = fetch,
): MiddlewareHandler {
  return async (c, next) => {
    const cookie = c.req.header('cookie') ?? ''
    if (cookie.includes(`${access}=`) || !cookie.includes(`${refresh}=`)) return next()
    const headers = { cookie, origin: issuer }
    const answer = await ask(new Request(`${issuer}/refresh`, { method: 'POST', headers }))
    const fresh = answer.headers.getSetCookie()
    const shown = new Headers(c.req.raw.headers)
    shown.set('cookie', fresh.map((line) => line.split(';')[0]).join('; '))
    c.req.raw = new Request(c.req.raw, { headers: shown })
    await next()
    for (const line of fresh) c.header('set-cookie', line, { append: true })
  }
}
