import { request, type RequestListener, type Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server on a free port. */
export interface Served extends AsyncDisposable {
  readonly url: string
}

/** Makes a server listen on a free port of this machine. */
export async function listen(server: Server): Promise<Served> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The same for a handler. */
export const serve = (handler: RequestListener): Promise<Served> => listen(createServer(handler))

/** The response over the socket. */
export interface Received {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Readonly<Record<string, unknown>>
}

/** The request, header for header: neither `fetch` nor a framework may normalize it. */
export interface Sent {
  readonly method?: string | undefined
  readonly path?: string | undefined
  readonly headers?: readonly (readonly [string, string])[] | undefined
}

/** Sends a request over a real socket. */
export function ask(url: string, { method = 'GET', path = '/', headers = [] }: Sent = {}) {
  const target = new URL(path, url)
  return new Promise<Received>((resolve, reject) => {
    const raw = [
      ['host', target.host],
      ['connection', 'close'],
      ['content-length', '0'],
      ...headers,
    ].flat()
    const { hostname, port, pathname, search } = target
    const outgoing = request({ hostname, port, path: pathname + search, method, headers: raw })
    outgoing.on('error', reject)
    outgoing.on('response', async (response) => {
      const text = Buffer.concat(await response.toArray()).toString()
      const { statusCode = 0, headers: answered } = response
      resolve({ status: statusCode, headers: answered, body: JSON.parse(text || '{}') as {} })
    })
    outgoing.end()
  })
}
