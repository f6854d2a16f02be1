import { readResponse, type ServerResponse } from './server-response.ts'
import type { Platform, Seconds } from './platform.ts'

/** A request to the server that carries no session. */
export interface ApiRequest {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly signal?: AbortSignal
  /** Completes the request even if the page is closed. */
  readonly keepalive?: boolean
}

/** Sends a request to the server. Never throws: a network error is a `lost` response. */
export type SendRequest = (request: ApiRequest) => Promise<ServerResponse>

const requestTimeout: Seconds = 30

/** Creates a {@link SendRequest} for the server at `url`. In cookie mode it sends the cookies. */
export function createSendRequest(
  url: URL,
  mode: 'bearer' | 'cookie',
  fetch: typeof globalThis.fetch,
  { after }: Pick<Platform, 'after'>,
): SendRequest {
  return async ({ method, path, body, signal, keepalive = false }) => {
    const timeout = new AbortController()
    const cancel = after(requestTimeout, () => timeout.abort())
    try {
      const response = await fetch(urlOf(url, path), {
        method,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
        credentials: mode === 'cookie' ? 'include' : 'omit',
        redirect: 'error', // a password must not follow a redirect to another origin
        cache: 'no-store',
        signal: signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal,
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

/** Returns the URL of a route of the server, which may be mounted below a path. */
export function urlOf(url: URL, path: string): URL {
  return new URL(url.pathname.replace(/\/$/, '') + path, url)
}
