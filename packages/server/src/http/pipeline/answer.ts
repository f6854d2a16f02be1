import { createDocuments } from './document.ts'
import { noContent, type Route, type RouteInput } from './route.ts'

/** Turns what a handler says into an answer. */
export type Answer = (
  route: Route,
  input: Pick<RouteInput<unknown>, 'request' | 'params'>,
  result: unknown,
) => Response | Promise<Response>

/**
 * Makes the last step of a route. Nobody keeps an answer, unless it is a public document, which has `cacheFor`. A text stays as it is where the
 * route has another type than JSON; a handler that makes a whole response, such as a stream, has the last word on it.
 */
export function createAnswer(documents = createDocuments()): Answer {
  return (one, { request, params }, result) => {
    if (result instanceof Response) {
      if (!result.headers.has('cache-control')) result.headers.set('cache-control', 'no-store')
      return result
    }
    const type = one.type ?? 'application/json'
    if (one.answer === noContent)
      return new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } })
    const text =
      typeof result === 'string' && one.type !== undefined ? result : JSON.stringify(result)
    if (one.cacheFor === undefined) {
      const headers = { 'content-type': type, 'cache-control': 'no-store' }
      return new Response(text, { status: one.status ?? 200, headers })
    }
    const cache = `public, max-age=${one.cacheFor}`
    const name = JSON.stringify([one.path, params]) // the address as it was sent has any number of spellings: `/%6fpenapi.json`
    return documents.answer(name, text, request, { 'content-type': type, 'cache-control': cache })
  }
}
