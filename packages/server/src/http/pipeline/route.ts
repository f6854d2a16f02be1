import type { Principal } from '@countersign/guard'
import type { Seconds } from '@countersign/token'
import { z } from 'zod'
import type { Services } from './services.ts'
import type { ClientInfo } from '../../domain/kernel/client-info.ts'
import type { ServerFailureCode } from '../../failures.ts'
import type { Cookies } from '../browser/cookies.ts'
import type { Limit } from './limit.ts'

/** The names in a path: `id` of `/sessions/:id`. */
export type ParamOf<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamOf<Rest>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never

/** What a route's handler is given. */
export interface RouteInput<Body, Query = unknown, Param extends string = string> {
  readonly runtime: Services
  /** The request itself, for what no other step has read of it. */
  readonly request: Request
  readonly body: Body
  readonly query: Query
  /** What stands in the path where the route has `:name`. */
  readonly params: Readonly<Record<Param, string>>
  /** From where the request comes, as far as it is known. */
  readonly client: ClientInfo
  /** Who is calling; a public route may not ask. */
  readonly principal: () => Principal
  /** Who is calling, where the route lets everybody in; nobody without a token. */
  readonly caller: Principal | undefined
  /** The cookies that came with the request, and those of the answer. */
  readonly cookies: Cookies
}

/** One call of a route and its answer, as readers are shown it; both have the route's shapes, and a test holds them to it. */
export interface Example<Body, Answer, Query = unknown, Param extends string = string> {
  readonly params?: Readonly<Record<Param, string>>
  readonly query?: Query
  readonly body?: Body
  readonly answer: Answer
}

/** One route, as a value: path, access, shapes, failures and what it does. Everything else is derived from it. */
export interface Route<
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Path extends string = string,
> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: Path
  readonly summary: string
  readonly limit: Limit
  /**
   * `optional`: a request without a token passes as nobody's, and one with a bad token is refused. `admin`: the token and the user
   * have the role `admin`.
   */
  readonly access: 'public' | 'optional' | 'user' | 'admin'
  /** How many seconds ago the caller may have signed in, for what a stolen token should not do; by default any number (RFC 9470). */
  readonly maxAge?: Seconds
  /** A token whose session has ended still says whose it is: for signing out, which done twice is done once. */
  readonly evenRevoked?: true
  /** Status for a request without a token, where it is not 401: the tutorial's route promises 403. */
  readonly missingStatus?: 403
  /** The shape of a JSON body; a route without one reads none. */
  readonly body?: Body
  /** The shape of the query; a route without one reads none. */
  readonly query?: Query
  /** The shape of the answer; `noContent` for none, and its status is 204. */
  readonly answer: Answer
  /** Status of the answer, where it is not 200 or 204. */
  readonly status?: 201
  /** Content type, where it is not application/json; a text that the handler answers is then sent as it is. */
  readonly type?: string
  /**
   * Makes the answer a public document, the same for everybody: how many seconds any cache may keep it. It gets an ETag, and gzip where that
   * pays. By default nobody keeps an answer.
   */
  readonly cacheFor?: number
  /** Which origins' pages may read the answer: `any` for public documents, `none` for our own pages; by default those of `cors.origins`. */
  readonly cors?: 'any' | 'none'
  /** The failures that the handler can throw, beyond those that access and parsing bring. */
  readonly failures: readonly ServerFailureCode[]
  readonly example: Example<z.input<Body>, z.input<Answer>, z.input<Query>, ParamOf<Path>>
  handle(
    input: RouteInput<z.output<Body>, z.output<Query>, ParamOf<Path>>,
  ): Promise<z.input<Answer>> | z.input<Answer>
}

/** The answer of a route that has nothing to say beyond that it is done. */
export const noContent = z.undefined()

/** Declares a route; its types follow from its shapes and its path. */
export function route<
  Body extends z.ZodType,
  Answer extends z.ZodType,
  Query extends z.ZodType,
  Path extends string,
>(definition: Route<Body, Answer, Query, Path>): Route<Body, Answer, Query, Path> {
  return definition
}
