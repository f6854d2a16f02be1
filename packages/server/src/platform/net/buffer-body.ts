import type { IncomingMessage, RequestListener } from 'node:http'

/** Chunks of one body. Clients send few; kept one by one, a chunk of one byte takes a hundred times its size. */
const maxChunks = 256

/**
 * Calls a listener once the whole body of a request has arrived: otherwise access would be checked up to half a minute before a delayed body
 * ends, and used after. The body is passed as `rawBody`, which `@hono/node-server` reads. A body of more than `limitOf` its target, or of too many
 * chunks, is not kept: the listener gets one byte too many, and the connection closes with its answer.
 */
export function bufferBody(
  listener: RequestListener,
  limitOf: (target: string) => number,
): RequestListener {
  return (request, response) => {
    if (isFramingDoubtful(request)) response.shouldKeepAlive = false
    if (!hasBody(request)) return listener(request, response)
    const maxBytes = limitOf(request.url ?? '')
    const chunks: Buffer[] = []
    let size = 0
    const handle = (rawBody: Buffer) => listener(Object.assign(request, { rawBody }), response)
    const refuse = () => {
      response.shouldKeepAlive = false
      request.off('data', keep).off('end', finish).resume()
      handle(Buffer.alloc(maxBytes + 1))
    }
    const keep = (chunk: Buffer) => {
      size += chunk.length
      if (size > maxBytes || chunks.push(chunk) > maxChunks) refuse()
    }
    const finish = () => handle(Buffer.concat(chunks))
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) refuse()
    else request.on('data', keep).once('end', finish)
  }
}

/**
 * Returns whether a request of HTTP/1.0 has a transfer coding. A proxy that knows none sees the body end elsewhere, so nothing more is read from
 * the connection (RFC 9112, section 6.1).
 */
function isFramingDoubtful({ headers, httpVersionMinor }: IncomingMessage): boolean {
  return httpVersionMinor === 0 && headers['transfer-encoding'] !== undefined
}

/** Returns whether a request has a body (RFC 9112, section 6.3): without either header it has none. */
function hasBody({ headers }: IncomingMessage): boolean {
  const { 'transfer-encoding': coding, 'content-length': length = '0' } = headers
  return coding !== undefined || Number(length) > 0
}
