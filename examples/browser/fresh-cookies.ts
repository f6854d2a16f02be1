import type { MiddlewareHandler } from 'hono'

const access = '__Host-countersign_access'
const refresh = '__Host-countersign_refresh'

/**
 * Creates a middleware for pages that are rendered on the server. When the access token has expired, and its cookie with it, the
 * middleware exchanges the refresh token for a new access token and a new refresh token, for this request and for the browser. Pages
 * that are requested at the same time do no harm: the auth server gives them the same tokens. `issuer` is the URL of the auth server,
 * which is this site's own.
 */
export function freshCookies(
  issuer: string,
  sendRequest: (request: Request) => Promise<Response> = fetch,
): MiddlewareHandler {
  return async (c, next) => {
    const cookie = c.req.header('cookie') ?? ''
    if (cookie.includes(`${access}=`) || !cookie.includes(`${refresh}=`)) return next()
    const headers = { cookie, origin: issuer }
    const response = await sendRequest(
      new Request(`${issuer}/refresh`, { method: 'POST', headers }),
    )
    const setCookies = response.headers.getSetCookie()
    const renewed = new Headers(c.req.raw.headers)
    renewed.set('cookie', setCookies.map((line) => line.split(';')[0]).join('; '))
    c.req.raw = new Request(c.req.raw, { headers: renewed })
    await next()
    for (const line of setCookies) c.header('set-cookie', line, { append: true })
  }
}
