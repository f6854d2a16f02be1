import { cookieNamesOf, readCookie } from '@countersign/guard'
import { requestView } from '@countersign/guard/fetch'
import type { MiddlewareHandler } from 'hono'

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
  const { access, refresh } = cookieNamesOf(issuer)
  return async (c, next) => {
    const has = (name: string) => readCookie(requestView(c.req.raw), { name }).kind !== 'missing'
    if (has(access) || !has(refresh)) return next()
    const headers = { cookie: c.req.header('cookie') ?? '', origin: issuer }
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
