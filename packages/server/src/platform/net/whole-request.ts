import type { IncomingMessage, RequestListener } from 'node:http'

/** The most pieces in which a body may come. A client sends it in a few; kept one by one, a piece takes a hundred times the byte that may be in it. */
const maxPieces = 256

/**
 * Calls a listener once a request is there whole, so that nobody's rights are judged and then used when a body that was held back ends, half a minute later.
 * The body is handed over as `rawBody`, where `@hono/node-server` looks for it. Of one that is larger than `most` bytes, or comes in
 * more pieces than anybody needs, nothing is kept: the listener gets one byte too many, and the connection ends with its answer.
 */
export function whole(listener: RequestListener, most: number): RequestListener {
  const tooMuch = Buffer.alloc(most + 1)
  return (request, response) => {
    if (!hasBody(request)) return listener(request, response)
    const pieces: Buffer[] = []
    let size = 0
    const begin = (rawBody: Buffer) => listener(Object.assign(request, { rawBody }), response)
    const refuse = () => {
      response.shouldKeepAlive = false
      request.off('data', keep).off('end', finish).resume()
      begin(tooMuch)
    }
    const keep = (piece: Buffer) => {
      size += piece.length
      if (size > most || pieces.push(piece) > maxPieces) refuse()
    }
    const finish = () => begin(Buffer.concat(pieces))
    if (Number(request.headers['content-length'] ?? 0) > most) refuse()
    else request.on('data', keep).once('end', finish)
  }
}

/** Whether a body comes (RFC 9112, section 6.3): what has neither header has none. */
function hasBody({ headers }: IncomingMessage): boolean {
  const { 'transfer-encoding': coding, 'content-length': length = '0' } = headers
  return coding !== undefined || Number(length) > 0
}
