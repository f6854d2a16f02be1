import { createCachedDocuments } from './cached-document.ts'
import { noContent, type Route, type RouteInput } from './route.ts'

/** Turns what a handler returns into a response. */
export type Responder = (
  route: Route,
  input: Pick<RouteInput<unknown>, 'request' | 'params'>,
  result: unknown,
) => Response | Promise<Response>

/**
 * Makes the last step of a route. No cache may store a response unless it is a public document, which has `cacheFor`. Text is sent as it is if
 * the route's type is not JSON. A handler may also return a whole response, such as a stream; only a missing `cache-control` is added to it.
 */
export function createResponder(documents = createCachedDocuments()): Responder {
  return (one, { request, params }, result) => {
    if (result instanceof Response) {
      if (!result.headers.has('cache-control')) result.headers.set('cache-control', 'no-store')
      return result
    }
    const type = one.type ?? 'application/json'
    if (one.answer === noContent)
      return new Response(null, {
        status: one.status ?? 204,
        headers: { 'cache-control': 'no-store' },
      })
    const text =
      typeof result === 'string' && one.type !== undefined ? result : JSON.stringify(result)
    if (one.cacheFor === undefined) {
      const headers = { 'content-type': type, 'cache-control': 'no-store' }
      return new Response(text, { status: one.status ?? 200, headers })
    }
    const cache = `public, max-age=${one.cacheFor}`
    const name = JSON.stringify([one.path, params]) // not the URL: one address can be spelled in many ways, such as `/%6fpenapi.json`
    return documents.respond(name, text, request, { 'content-type': type, 'cache-control': cache })
  }
}
