import type { Principal } from '@countersign/guard'
import { isCountersignError } from '@countersign/token'
import type { Context } from 'hono'
import type { Services } from './services.ts'
import type { Access } from './access.ts'
import { handleRequest, type Pipeline } from './handle-request.ts'
import type { Env } from './middleware.ts'
import { toProblem } from './problem.ts'
import { toOAuthError } from './oauth-error.ts'
import { readBody, readParameters, readQuery } from './read-input.ts'
import type { Responder } from './response.ts'
import type { Route, RouteInput } from './route.ts'
import { databaseFailures, failuresOf } from './route-failures.ts'

/** The dependencies of JSON routes, in addition to those of the shared steps. */
export interface RoutePipeline extends Pipeline {
  readonly runtime: Services
  readonly access: Access
  readonly respond: Responder
  /** Check each answer against its shape, and each failure against the route's list. */
  readonly strict: boolean
}

/** Answers a request to a JSON route. */
export function serveRoute(
  route: Route,
  c: Context<Env>,
  pipeline: RoutePipeline,
): Promise<Response> {
  const { runtime, access, respond, strict } = pipeline
  const request = c.req.raw
  const params = c.req.param()
  return handleRequest<Principal | undefined, RequestInput>(
    c,
    {
      endpoint: route,
      limit: route.limit,
      confidential: route.access !== 'public' || route.body !== undefined,
      async authorize() {
        const caller = await access(route, request)
        if (caller && 'allowed' in caller) return toProblem({ refused: caller }, c.var, runtime)
        return { caller, subject: caller?.subject }
      },
      hasBody: route.body !== undefined,
      async readInput() {
        const query = route.query && readQuery(request.url, route.query)
        const read = route.form ? readParameters : readBody
        return {
          query,
          body:
            route.body &&
            (await read({ request, body: c.env.body }, route.body, route.maxBodyBytes)),
        }
      },
      async handle({ client, caller, input }) {
        const principal = () => assertCaller(caller)
        const cookies = c.get('cookies')
        const all = { ...input, runtime, request, params, client, principal, caller, cookies }
        return respond(route, all, await resultOf(route, all, strict))
      },
      ...(route.form && { onError: async (error) => toOAuthError(error, c.var, runtime) }),
    },
    pipeline,
  )
}

/** The parsed query and body of a request. */
interface RequestInput {
  readonly query: unknown
  readonly body: unknown
}

/** Runs the route's handler. If `strict`, an answer of another shape and a failure that the route does not list are bugs. */
async function resultOf(route: Route, input: RouteInput<unknown>, strict: boolean) {
  if (!strict) return route.handle(input)
  try {
    const result = await route.handle(input)
    route.answer.parse(result)
    return result
  } catch (error) {
    const listed: readonly string[] = [...failuresOf(route), ...databaseFailures]
    if (!isCountersignError(error) || listed.includes(error.code)) throw error
    throw new Error(`${route.path} does not list the failure ${error.code}`, { cause: error })
  }
}

function assertCaller(caller: Principal | undefined): Principal {
  if (!caller) throw new Error('a public route asked for the caller')
  return caller
}
