import type { Context } from 'hono'
import type { ClientInfo } from '../../domain/kernel/client-info.ts'
import { fail } from '../../failures.ts'
import { parseLanguage } from '../browser/language.ts'
import type { Addresses } from '../client-address/client-address.ts'
import type { Endpoint, Env } from './middleware.ts'
import type { Limit, Limiter } from './rate-limit.ts'

// pipeline/: the steps of every request, from the client's address to the response, and what they need.
// JSON routes (serve-route.ts) and the forms of pages (../pages/serve-page.ts) both run through `handleRequest`.

/** The caller of a request who may go on; `subject` is the user's id, by which changes are limited and logged. */
export interface Authorized<Caller> {
  readonly caller: Caller
  readonly subject: string | undefined
}

/** The results of the earlier steps of a request. */
export interface RequestContext<Caller> {
  readonly client: ClientInfo
  readonly caller: Caller
}

/** The parts of a request that differ between JSON routes, pages and forms. The order of the steps is the same for all: see {@link handleRequest}. */
export interface RequestHandler<Caller, Input> {
  readonly endpoint: Endpoint
  readonly limit: Limit
  /** True if the request or its response can hold a secret. If so, production requires an encrypted connection. */
  readonly confidential: boolean
  /** Rejects a request that a page of another site sent. */
  readonly assertSameOrigin?: () => void
  /**
   * Identifies the caller and checks that they may use the endpoint; a response refuses them. It runs again after the body was read, with
   * the result of the first time as `before`.
   */
  authorize(client: ClientInfo, before?: Authorized<Caller>): Promise<Authorized<Caller> | Response>
  /** True if `readInput` reads a body. A body may take half a minute to arrive, so the caller is authorized once more after it. */
  readonly hasBody: boolean
  readInput(): Promise<Input>
  handle(context: RequestContext<Caller> & { readonly input: Input }): Promise<Response>
  /** Makes the response for an error after the caller was authorized. By default every error becomes a problem document. */
  readonly onError?: (error: unknown, context: RequestContext<Caller>) => Promise<Response>
}

/** The dependencies of the shared steps. */
export interface Pipeline {
  readonly addresses: Addresses
  readonly production: boolean
  readonly limiter: Limiter
}

/**
 * Runs the steps of a request: same origin, client address, encryption, authorize, limit, read the input, authorize again, handle, respond.
 * The caller comes before the body, so that no body is read for a caller who is refused. Fails with `https_required`, `limit_exceeded` and
 * whatever the handler fails with.
 */
export async function handleRequest<Caller, Input>(
  c: Context<Env>,
  handler: RequestHandler<Caller, Input>,
  { addresses, production, limiter }: Pipeline,
): Promise<Response> {
  c.set('route', handler.endpoint)
  handler.assertSameOrigin?.()
  // A socket that is open to a network, for a proxy, is reachable by every host there: secrets are accepted in clear text from the proxy alone.
  if (production && handler.confidential && addresses.isExposed(c.env)) throw fail('https_required')
  const address = addresses.of(c.env, (name) => c.req.raw.headers.get(name))
  const language = parseLanguage(c.req.header('accept-language'))
  const device = c.get('cookies').device()
  const client = { userAgent: c.req.header('user-agent'), address, language, device }
  const first = await handler.authorize(client)
  if (first instanceof Response) return first
  const { subject } = first
  if (subject !== undefined) c.set('user', subject)
  try {
    await limiter.count(handler.limit, { address, subject })
    const input = await handler.readInput()
    const again = handler.hasBody ? await handler.authorize(client, first) : first
    if (again instanceof Response) return again
    return await handler.handle({ client, caller: again.caller, input })
  } catch (error) {
    if (!handler.onError) throw error
    return handler.onError(error, { client, caller: first.caller })
  }
}
