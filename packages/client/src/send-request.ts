import { readResponse, type ServerResponse } from './server-response.ts'
import type { Platform, Seconds } from './platform.ts'

/** A request to the server, outside of any session. */
export interface ApiRequest {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly signal?: AbortSignal
  /** Let it reach the server although the page goes away. */
  readonly keepalive?: boolean
}

/** Asks the server. Answers whatever happens, and throws nothing. */
export type SendRequest = (request: ApiRequest) => Promise<ServerResponse>

const longest: Seconds = 30 // after which noSession waits for an answer any more

/** Makes an {@link SendRequest} for the server at `url`; cookies go along where the session is in them. */
export function createSendRequest(
  url: URL,
  mode: 'bearer' | 'cookie',
  fetch: typeof globalThis.fetch,
  { after }: Pick<Platform, 'after'>,
): SendRequest {
  return async ({ method, path, body, signal, keepalive = false }) => {
    const stop = new AbortController()
    const cancel = after(longest, () => stop.abort())
    try {
      const response = await fetch(urlOf(url, path), {
        method,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
        credentials: mode === 'cookie' ? 'include' : 'omit',
        redirect: 'error', // a password must not follow one to another origin
        cache: 'no-store',
        signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal,
        keepalive,
      })
      return await readResponse(response)
    } catch (cause) {
      return { kind: 'lost', cause }
    } finally {
      cancel()
    }
  }
}

/** The address of a route of the server, which may be mounted below a path. */
export function urlOf(url: URL, path: string): URL {
  return new URL(url.pathname.replace(/\/$/, '') + path, url)
}
