import { readResponse, toFailure } from './server-response.ts'
import { urlOf } from './send-request.ts'
import { fail, isCountersignError } from './failures.ts'
import type { Wire } from './wire.ts'

/** A route of the server, such as `GET /me`. */
export type RouteName = keyof Wire

/** What goes with a call: what stands in the path for `:name`, and the body. */
export type CallInput<Name extends RouteName> = Omit<Wire[Name], 'answer' | 'failures'>

/** What a route answers; `undefined` where it has nothing to say. */
export type CallAnswer<Name extends RouteName> = Wire[Name]['answer']

/** Asks a route of the server, by its types. */
export type Call = <Name extends RouteName>(
  name: Name,
  ...input: object extends CallInput<Name> ? [input?: CallInput<Name>] : [input: CallInput<Name>]
) => Promise<CallAnswer<Name>>

interface UntypedInput {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

/** Makes a {@link Call}. `send` shows the session, where there is one. */
export function createCall(url: URL, send: (request: Request) => Promise<Response>): Call {
  return async (name, ...[input]) => {
    const { params = {}, query = {}, body }: UntypedInput = input ?? {}
    const [method = '', pattern = ''] = name.split(' ')
    const path = pattern.replace(/:(\w+)/g, (_, param: string) =>
      encodeURIComponent(params[param] ?? ''),
    )
    const address = urlOf(url, path)
    for (const [key, value] of Object.entries(query))
      if (value !== undefined) address.searchParams.set(key, String(value))
    const json =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const response = await send(new Request(address, { method, ...json })).catch(unreachable)
    const answer = await readResponse(response)
    if (answer.kind !== 'done') throw toFailure(answer)
    return answer.body as CallAnswer<typeof name> // as the server's route declares, and checks in its tests
  }
}

function unreachable(cause: unknown): never {
  throw isCountersignError(cause) ? cause : fail('server_unreachable', { cause })
}
