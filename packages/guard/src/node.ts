import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answer } from './answer.ts'
import type { Guard } from './guard.ts'
import { assertNeed, type Need } from './need.ts'
import { nodeCredentials } from './node-credentials.ts'
import { rememberPrincipal, type Principal } from './principal.ts'
import { toText, type Refused } from './refusal.ts'
import { metadataHeaders, metadataText } from './resource.ts'

/** A handler that is told who is calling. */
export type NodeHandler<P> = (
  request: IncomingMessage,
  response: ServerResponse,
  principal: P,
) => void | Promise<void>

/**
 * Wraps a handler of `node:http`: it runs only when `guard` allows the request. `need` is what the route asks beyond a valid token;
 * `undefined` for nothing. Fails with `need_invalid`.
 */
export function nodeGuard<P extends Principal<unknown> | undefined>(
  guard: Guard<P>,
  need: Need | undefined,
  handler: NodeHandler<P>,
): (request: IncomingMessage, response: ServerResponse) => void | Promise<void> {
  assertNeed(need)
  return function countersign(request, response) {
    const asked = guard.check(nodeCredentials(request), need)
    const proceed = (answer: Answer<P>) => {
      if (!answer.allowed) return sendRefusal(response, answer)
      rememberPrincipal(request, answer.principal)
      return handler(request, response, answer.principal)
    }
    return asked instanceof Promise ? asked.then(proceed) : proceed(asked)
  }
}

/** Writes a refusal. */
export function sendRefusal(response: ServerResponse, refused: Refused): void {
  response.writeHead(refused.status, refused.headers).end(toText(refused))
}

/** Serves the guard's own document (RFC 9728) at `guard.metadata.path`. */
export function nodeMetadata(guard: Guard<Principal<unknown> | undefined>) {
  const text = metadataText(guard.metadata)
  return (_: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200, metadataHeaders).end(text)
  }
}

export { nodeCredentials } from './node-credentials.ts'
