import { setTimeout } from 'node:timers/promises'
import { stopBound } from './stop-gracefully.ts'

/** The requests of a server whose sockets are the application's. */
export interface RequestsUnderWay {
  /** Runs a handler, or answers 503 once the server stops. */
  handle(handler: () => Promise<Response>): Promise<Response>
  /** Answers every new request with 503. */
  refuse(): void
  /** Waits until all requests are answered, within the bound of a graceful stop. */
  drain(): Promise<void>
}

/** Counts the requests under way, so that a stop cuts none of them off from its database. */
export function createRequestsUnderWay(): RequestsUnderWay {
  const running = new Set<Promise<Response>>()
  let refusing = false
  return {
    async handle(handler) {
      if (refusing)
        return new Response(null, {
          status: 503,
          headers: { 'retry-after': '1', 'cache-control': 'no-store' },
        })
      const answer = handler()
      running.add(answer)
      return answer.finally(() => running.delete(answer))
    },
    refuse() {
      refusing = true
    },
    async drain() {
      const bound = new AbortController()
      const tooLong = setTimeout(stopBound, undefined, bound).catch(() => undefined)
      await Promise.race([Promise.allSettled(running), tooLong])
      bound.abort()
    },
  }
}
