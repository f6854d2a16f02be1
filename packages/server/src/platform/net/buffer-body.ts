import type { IncomingMessage, RequestListener } from 'node:http'

/** Chunks of one body. Clients send few; kept one by one, a chunk of one byte takes a hundred times its size. */
const maxChunks = 256

const maxDiscarded = 1024 * 1024 // bytes of a refused body that are read before the answer
const maxDiscardTime = 500 // milliseconds

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
      discardRest(request.off('data', keep).off('end', finish), () =>
        handle(Buffer.alloc(maxBytes + 1)),
      )
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

/** Returns the body that {@link bufferBody} has read, with one byte too many if it is too large; `undefined` for a request without one. */
export function readBodyOf(request: object): Buffer | undefined {
  const { rawBody } = request as { readonly rawBody?: Buffer } // only `bufferBody` sets it
  return rawBody
}

/**
 * Reads on without keeping anything, within a bound, and then calls `answer`. A connection that closes with unread data is reset, and a proxy
 * that still sends the body loses the answer (RFC 9112, section 9.6): nginx then answers 502.
 */
function discardRest(request: IncomingMessage, answer: () => void): void {
  let left = maxDiscarded
  const finish = () => {
    clearTimeout(timer)
    request.off('data', count).off('end', finish).off('close', finish).resume()
    answer()
  }
  const count = (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) finish()
  }
  const timer = setTimeout(finish, maxDiscardTime)
  request.on('data', count).once('end', finish).once('close', finish)
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
