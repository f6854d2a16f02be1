import type { Principal } from '@countersign/guard'
import type { z } from 'zod'
import type { Runtime } from '../domain/runtime.ts'
import type { ServerFailureCode } from '../failures.ts'

/** What a route's handler is given. */
export interface RouteInput<Body> {
  readonly runtime: Runtime
  readonly body: Body
  /** Who is calling; only routes with `access: 'user'` may ask. */
  readonly principal: () => Principal
}

/** One route, as a value: path, access, shapes, failures and what it does. Everything else is derived from it. */
export interface Route<Body extends z.ZodType = z.ZodType, Answer extends z.ZodType = z.ZodType> {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly summary: string
  readonly access: 'public' | 'user'
  /** Status for a request without a token, where it is not 401: the tutorial's route promises 403. */
  readonly missingStatus?: 403
  /** The shape of a JSON body; a route without one reads none. */
  readonly body?: Body
  readonly answer: Answer
  /** Content type, where it is not application/json. */
  readonly type?: string
  /** Seconds for which any cache may keep the answer; none by default. */
  readonly cacheFor?: number
  /** The failures that the handler can throw, beyond those that access and parsing bring. */
  readonly failures: readonly ServerFailureCode[]
  handle(input: RouteInput<z.output<Body>>): Promise<z.input<Answer>> | z.input<Answer>
}

/** Declares a route; its types follow from its shapes. */
export function route<Body extends z.ZodType, Answer extends z.ZodType>(
  definition: Route<Body, Answer>,
): Route<Body, Answer> {
  return definition
}
