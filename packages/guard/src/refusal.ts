import type { Refused } from './guard.ts'

/** A refusal as the answer of a fetch handler: status, challenge and problem document (RFC 6750, RFC 9457). */
export function toResponse({ status, headers, problem }: Refused): Response {
  return new Response(JSON.stringify(problem), { status, headers })
}
