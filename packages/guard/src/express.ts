import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answer } from './answer.ts'
import type { Guard } from './guard.ts'
import { assertNeed, type Need } from './need.ts'
import { sendRefusal } from './node.ts'
import { nodeCredentials } from './node-credentials.ts'
import { rememberPrincipal, type Principal } from './principal.ts'

/** A step of Express, and of everything else that speaks of `(request, response, next)`, such as Connect and NestJS. */
export type ExpressStep = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/**
 * Lets a request through only when `guard` allows it; `guard.principalOf(request)` is then who is calling. Fails with
 * `need_invalid`.
 */
export function expressGuard<P extends Principal<unknown> | undefined>(
  guard: Guard<P>,
  need?: Need,
): ExpressStep {
  assertNeed(need)
  return function countersign(request, response, next) {
    const proceed = (answer: Answer<P>) => {
      if (!answer.allowed) return sendRefusal(response, answer)
      rememberPrincipal(request, answer.principal)
      return next()
    }
    const asked = guard.check(nodeCredentials(request), need)
    if (asked instanceof Promise) asked.then(proceed, next)
    else proceed(asked)
  }
}

export { nodeMetadata as expressMetadata } from './node.ts'
