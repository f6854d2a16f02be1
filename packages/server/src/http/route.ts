import type { Principal } from '@countersign/guard'
import { z } from 'zod'
import type { Runtime } from '../domain/runtime.ts'
import type { Origin } from '../domain/sessions/start-session.ts'
import type { ServerFailureCode } from '../failures.ts'
import type { Cookies } from './cookies.ts'
import type { Limit } from './limit.ts'

/** What a route's handler is given. */
export interface RouteInput<Body> {
  readonly runtime: Runtime
  readonly body: Body
  /** What stands in the path where the route has `:name`. */
  readonly params: Readonly<Record<string, string>>
  /** From where the request comes, as far as it is known. */
  readonly origin: Origin
  /** Who is calling; only routes with `access: 'user'` may ask. */
  readonly principal: () => Principal
  /** Who is calling, where the route lets everybody in; nobody without a token. */
  readonly caller: Principal | undefined
  /** The cookies that came with the request, and those of the answer. */
  readonly cookies: Cookies
}

/** One route, as a value: path, access, shapes, failures and what it does. Everything else is derived from it. */
export interface Route<Body extends z.ZodType = z.ZodType, Answer extends z.ZodType = z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly summary: string
  readonly limit: Limit
  /** `optional`: a request without a token passes as nobody's, and one with a bad token is refused. */
  readonly access: 'public' | 'optional' | 'user'
  /** Status for a request without a token, where it is not 401: the tutorial's route promises 403. */
  readonly missingStatus?: 403
  /** The shape of a JSON body; a route without one reads none. */
  readonly body?: Body
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
  handle(input: RouteInput<z.output<Body>>): Promise<z.input<Answer>> | z.input<Answer>
}

/** The answer of a route that has nothing to say beyond that it is done. */
export const noContent = z.undefined()

/** Declares a route; its types follow from its shapes. */
export function route<Body extends z.ZodType, Answer extends z.ZodType>(
  definition: Route<Body, Answer>,
): Route<Body, Answer> {
  return definition
}
