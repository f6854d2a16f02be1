import { readResponse, toFailure } from './server-response.ts'
import { urlOf } from './send-request.ts'
import type { Wire } from './wire.ts'

/**
 * The name of a JSON route of the server, such as `GET /me`.
 *
 * @example
 * ```ts
 * import type { RouteName } from '@countersign/client'
 *
 * const name: RouteName = 'GET /sessions' // a route that does not exist is a type error
 * console.log(name) // GET /sessions
 * ```
 */
export type RouteName = keyof Wire

/**
 * The input of a route: `params` for the `:name`s in its path, `query` and `body`, as far as the route has them.
 *
 * @example
 * ```ts
 * import type { CallInput } from '@countersign/client'
 *
 * const input: CallInput<'POST /login'> = { body: { username: 'ada', password: 'the quick brown fox' } }
 * console.log(input.body.username) // ada
 * ```
 */
export type CallInput<Name extends RouteName> = Omit<Wire[Name], 'answer' | 'failures'>

/**
 * The response body of a route; `undefined` if the route returns none.
 *
 * @example
 * ```ts
 * import { createSession, type CallResult } from '@countersign/client'
 *
 * const session = createSession({ url: 'http://localhost:5000', mode: 'bearer' })
 * await session.signIn({ username: 'admin', password: 'password' })
 * const me: CallResult<'GET /me'> = await session.call('GET /me')
 * console.log(me.roles) // [ 'admin' ]
 * ```
 */
export type CallResult<Name extends RouteName> = Wire[Name]['answer']

/**
 * The type of `session.call`: calls a route of the server with checked input and returns its response body.
 *
 * @example
 * ```ts
 * import { createSession, type Call } from '@countersign/client'
 *
 * async function usernameOf(call: Call): Promise<string> {
 *   const { username } = await call('GET /me')
 *   return username
 * }
 * const session = createSession({ url: 'http://localhost:5000', mode: 'bearer' })
 * await session.signIn({ username: 'admin', password: 'password' })
 * console.log(await usernameOf(session.call)) // admin
 * ```
 */
export type Call = <Name extends RouteName>(
  name: Name,
  ...input: object extends CallInput<Name> ? [input?: CallInput<Name>] : [input: CallInput<Name>]
) => Promise<CallResult<Name>>

interface UntypedInput {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

/** Sends a request to a route, authenticated if a user is signed in. Fails with `server_unreachable`. */
export type SendCall = (name: RouteName, request: Request) => Promise<Response>

/** Creates a {@link Call}. */
export function createCall(url: URL, send: SendCall): Call {
  return async (name, ...[input]) => {
    const { params = {}, query = {}, body }: UntypedInput = input ?? {}
    const [method = '', pattern = ''] = name.split(' ')
    const path = pattern.replace(/:(\w+)/g, (_, param: string) =>
      encodeURIComponent(params[param] ?? ''),
    )
    const target = urlOf(url, path)
    for (const [key, value] of Object.entries(query))
      if (value !== undefined) target.searchParams.set(key, String(value))
    const json =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const request = new Request(target, { method, ...json })
    const response = await readResponse(await send(name, request))
    if (response.kind !== 'ok') throw toFailure(response)
    return response.body as CallResult<typeof name> // the server's tests check it against the route's declaration
  }
}
