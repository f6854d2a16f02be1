import type { Principal } from '@countersign/guard'
import type { Seconds } from '@countersign/token/internal'
import * as z from 'zod'
import type { Services } from './services.ts'
import type { AdminScope } from '../../domain/clients/resource.ts'
import type { ClientInfo } from '../../domain/kernel/client-info.ts'
import type { CallerFailureCode } from '../../failures/caller-failures.ts'
import type { Cookies } from '../browser/cookies.ts'
import type { Limit } from './rate-limit.ts'

/** The names of a path's parameters: `id` of `/sessions/:id`. */
export type ParamOf<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamOf<Rest>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never

/** The input of a route's handler. */
export interface RouteInput<Body, Query = unknown, Param extends string = string> {
  readonly runtime: Services
  /** The request itself, for what no other step has parsed. */
  readonly request: Request
  readonly body: Body
  readonly query: Query
  /** The parameters of the path, one for each `:name`. */
  readonly params: Readonly<Record<Param, string>>
  /** The client's address and user agent, as far as they are known. */
  readonly client: ClientInfo
  /** Returns the caller. Throws on a public route. */
  readonly principal: () => Principal
  /** The caller of an optional route; undefined for a request without a token. */
  readonly caller: Principal | undefined
  /** The cookies of the request, and those that the response sets. */
  readonly cookies: Cookies
}

/** An example call of a route with its answer, for the reference. A test checks both against the route's schemas. */
export interface Example<Body, Answer, Query = unknown, Param extends string = string> {
  readonly params?: Readonly<Record<Param, string>>
  readonly query?: Query
  readonly body?: Body
  readonly answer: Answer
}

/** One route as a value: path, access, schemas, failures and handler. Everything else is derived from it. */
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
   * `optional`: a request without a token has no caller, and one with a bad token is refused. `admin`: the token and the user must have the
   * role `admin`. `openid`: the token of an application with the scope `openid`.
   */
  readonly access: 'public' | 'optional' | 'user' | 'admin' | 'openid'
  /** With access `admin`: the scope with which a service account may use the route too. */
  readonly scope?: AdminScope
  /** The maximum age of the caller's sign-in in seconds, for what a stolen token must not do (RFC 9470). By default any age. */
  readonly maxAge?: Seconds
  /** Also accept a token whose session has ended: signing out is idempotent. */
  readonly evenRevoked?: true
  /** Also accept the tokens of the application from before the move (`tokens.legacy_secret`), which belong to no session. */
  readonly legacyTokens?: true
  /** The status for a request without a token if it is not 401: the tutorial's route promises 403. */
  readonly missingStatus?: 403
  /** The schema of the JSON body; none if the route reads no body. */
  readonly body?: Body
  /** The body is a form, and errors are those of OAuth (RFC 6749, sections 3.2 and 5.2). */
  readonly form?: true
  /** The maximum size of the body in bytes, if it is less than `maxBodyBytes`. */
  readonly maxBodyBytes?: number
  /** The schema of the query; none if the route reads no query. */
  readonly query?: Query
  /** The schema of the answer; `noContent` for status 204. */
  readonly answer: Answer
  /** The status of the answer if it is not 200 or 204. */
  readonly status?: 200 | 201 | 202
  /** The content type if it is not application/json; text from the handler is then sent as it is. */
  readonly type?: string
  /**
   * Makes the answer a public document, the same for every caller: the seconds for which any cache may store it. It gets an ETag, and gzip if
   * that saves bytes. By default no cache may store an answer.
   */
  readonly cacheFor?: number
  /** The origins whose pages may read the answer: `any` for public documents, `none` for this server's pages; by default those of `cors.origins`. */
  readonly cors?: 'any' | 'none'
  /** The failures of the handler, beyond those of the shared steps. */
  readonly failures: readonly CallerFailureCode[]
  readonly example: Example<z.input<Body>, z.input<Answer>, z.input<Query>, ParamOf<Path>>
  handle(
    input: RouteInput<z.output<Body>, z.output<Query>, ParamOf<Path>>,
  ): Promise<z.input<Answer>> | z.input<Answer>
}

/** The answer of a route without a response body: 204. */
export const noContent = z.undefined()

/** Declares a route; its types follow from its schemas and its path. */
export function route<
  Body extends z.ZodType,
  Answer extends z.ZodType,
  Query extends z.ZodType,
  Path extends string,
>(definition: Route<Body, Answer, Query, Path>): Route<Body, Answer, Query, Path> {
  return definition
}
