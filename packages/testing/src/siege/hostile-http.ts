import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

// Requests that no honest client sends, and the allowed responses: never an internal error, and never a response to a smuggled request.

/** The responses on a connection. */
export interface RawResponse {
  readonly statuses: readonly number[]
  readonly text: string
  /** True if the server closed the connection in time. */
  readonly closed: boolean
}

const responseTimeout = 5000 // milliseconds; much shorter than any time-out of the server

/** Writes raw bytes to the port, and reads until the server closes the connection or has sent `answers` responses. */
export function sendRaw(
  port: number,
  bytes: string | Buffer,
  { answers = Infinity, end = false, within = responseTimeout } = {},
): Promise<RawResponse> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  let text = ''
  return new Promise((resolve) => {
    const done = (closed: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ statuses: statusesOf(text), text, closed })
    }
    const timer = setTimeout(done, within, false)
    socket.setEncoding('latin1').on('data', (more: string) => {
      text += more
      if (answers < Infinity && statusesOf(text).length >= answers) done(false)
    })
    socket.on('error', () => {}) // a reset counts as closed
    socket.on('end', () => done(true)).on('close', () => done(true))
    socket.write(bytes)
    if (end) socket.end()
  })
}

function statusesOf(text: string): readonly number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
}

const head = (line: string, ...lines: readonly string[]) =>
  [line, 'Host: localhost', ...lines, '', ''].join('\r\n')
const close = 'Connection: close'
const json = 'Content-Type: application/json'
const post = (...lines: readonly string[]) => head('POST /login HTTP/1.1', json, ...lines)
const hidden = 'GET /.well-known/jwks.json HTTP/1.1\r\nHost: localhost\r\n\r\n'

/** A request and the allowed statuses of its only response; `none` allows a closed connection without a response. */
export interface HostileRequest {
  readonly name: string
  readonly bytes: string | Buffer
  readonly statuses: readonly (number | 'none')[]
}

const row = (
  name: string,
  bytes: string | Buffer,
  ...statuses: readonly (number | 'none')[]
): HostileRequest => ({ name, bytes, statuses })

const many = (count: number, line: string) => Array.from({ length: count }, () => line)

/** Malformed requests of every kind, each sent on its own connection. */
export const hostileRequests: readonly HostileRequest[] = [
  // The end of one request and the beginning of the next (request smuggling, RFC 9112, sections 6.3 and 11.2).
  row(
    'a length and chunks',
    post('Content-Length: 5', 'Transfer-Encoding: chunked') + `0\r\n\r\n${hidden}`,
    400,
  ),
  row(
    'chunks and a length',
    post('Transfer-Encoding: chunked', 'Content-Length: 5') + `0\r\n\r\n${hidden}`,
    400,
  ),
  row('two lengths', post('Content-Length: 0', `Content-Length: ${hidden.length}`) + hidden, 400),
  row('two lengths in one line', post(`Content-Length: 0, ${hidden.length}`) + hidden, 400),
  row('a length with a sign', post('Content-Length: +2') + `{}${hidden}`, 400),
  row('a negative length', post('Content-Length: -1') + hidden, 400),
  row('a length in hexadecimal', post('Content-Length: 0x2') + `{}${hidden}`, 400),
  row('a length that is too large', post(`Content-Length: ${'9'.repeat(40)}`), 400),
  row('chunks under another name', post('Transfer-Encoding: xchunked') + hidden, 400),
  row(
    'chunks, and then another encoding',
    post('Transfer-Encoding: chunked, identity') + hidden,
    400,
  ),
  row(
    'chunks with a tab',
    post('Transfer-Encoding:\tchunked', 'Content-Length: 3') + `0\r\n\r\n${hidden}`,
    400,
  ),
  row(
    'chunks behind a line break',
    post('Transfer-Encoding:\r\n chunked', 'Content-Length: 3') + `0\r\n\r\n${hidden}`,
    400,
  ),
  row('a blank before the colon', post('Content-Length : 2') + `{}${hidden}`, 400),
  row(
    'a chunk length that is too large',
    `${post('Transfer-Encoding: chunked')}${'f'.repeat(20)}\r\n${hidden}`,
    400,
  ),
  row(
    'a chunk length that is not a number',
    `${post('Transfer-Encoding: chunked')}zz\r\n${hidden}`,
    400,
  ),
  row(
    'a chunk with a long extension',
    `${post('Transfer-Encoding: chunked')}1;${'a'.repeat(20_000)}\r\n`,
    400,
    413,
  ),
  row('line feeds alone', `GET /me HTTP/1.1\nHost: localhost\nContent-Length: 1\n\n${hidden}`, 400),
  row('carriage returns alone', `GET /me HTTP/1.1\rHost: localhost\r\r${hidden}`, 400),
  row('a header that is folded', head('GET /me HTTP/1.1', 'X: a', ' b', close), 400, 401),
  // Headers.
  row('a header of 20,000 characters', head('GET / HTTP/1.1', `X: ${'a'.repeat(20_000)}`), 431),
  row('an address of 20,000 characters', head(`GET /${'a'.repeat(20_000)} HTTP/1.1`), 431),
  row('5,000 headers', head('GET / HTTP/1.1', ...many(5000, 'X-Y-Z: a')), 431),
  row(
    '2,500 small headers',
    head('GET /me HTTP/1.1', close, ...many(2500, 'X:'), 'Authorization: Basic eA=='),
    401,
  ),
  row('NUL in a header', head('GET / HTTP/1.1', 'X: a\0b'), 400),
  row('NUL in a name', head('GET / HTTP/1.1', 'X\0: a'), 400),
  row('no Host', 'GET / HTTP/1.1\r\n\r\n', 400),
  row('two Hosts', head('GET /health/ready HTTP/1.1', 'Host: y', close), 400),
  row('an invalid Host', `GET /health/ready HTTP/1.1\r\nHost: a b<>"\r\n${close}\r\n\r\n`, 400),
  row('a Host with a path', `GET /health/ready HTTP/1.1\r\nHost: a/../b\r\n${close}\r\n\r\n`, 400),
  row('an unknown expectation', head('GET /health/ready HTTP/1.1', 'Expect: miracles', close), 417),
  // Addresses.
  row('escapes that are no UTF-8', head('GET /%c3%28 HTTP/1.1', close), 400),
  row('half an escape', head('GET /% HTTP/1.1', close), 400),
  row(
    'bytes that are no UTF-8',
    Buffer.from(head('GET /\u00ff\u00fe HTTP/1.1', close), 'latin1'),
    400,
    404,
  ),
  row('a backslash', head('GET \\me HTTP/1.1', close), 400),
  row('a blank in the address', head('GET /a b HTTP/1.1', close), 400),
  row('an address that is not ours', head('GET http://evil.example/nowhere HTTP/1.1', close), 404),
  row('a star', head('OPTIONS * HTTP/1.1', close), 400),
  row('a climb', head('GET /../../../etc/passwd HTTP/1.1', close), 404),
  // Methods.
  row('TRACE', head('TRACE /me HTTP/1.1', close), 405),
  row('CONNECT', head('CONNECT evil.example:443 HTTP/1.1', close), 400, 405, 'none'),
  row('an unknown method', head('WHATEVER /me HTTP/1.1', close), 400),
  row('a method in small letters', head('get /me HTTP/1.1', close), 400),
  row('a method of another protocol', head('PROPFIND /me HTTP/1.1', close), 405),
  // Other protocols.
  row('HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400),
  row('HTTP/9.9', 'GET / HTTP/9.9\r\nHost: localhost\r\n\r\n', 400),
  row('HTTP/0.9', 'GET /\r\n\r\n', 400),
  row('TLS', Buffer.from('16030100c8010000c40303', 'hex'), 400),
  row('nothing but zeros', Buffer.alloc(4096), 400),
  row(
    'an upgrade that the server does not offer',
    head('GET /me HTTP/1.1', 'Connection: Upgrade', 'Upgrade: h2c', close),
    401,
  ),
  // Bodies.
  row(
    'JSON of 30,000 levels',
    post(close, 'Content-Length: 60000') + '['.repeat(30_000) + ']'.repeat(30_000),
    400,
  ),
  row('a body of 100 KB', post(close, 'Content-Length: 100000') + 'a'.repeat(100_000), 413),
  row(
    'a body in a piece for each byte',
    post('Transfer-Encoding: chunked') + '1\r\n{\r\n'.repeat(5000),
    413,
  ),
  row('a GET with a body', `${head('GET /me HTTP/1.1', close, 'Content-Length: 2')}{}`, 401),
]

/** Opens connections, writes the bytes to each, and keeps them open. */
export async function hold(port: number, count: number, bytes: string): Promise<readonly Socket[]> {
  const sockets: Socket[] = []
  for (let at = 0; at < count; at++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    socket.resume()
    sockets.push(socket)
    if (bytes !== '') socket.write(bytes)
    if (at % 200 === 199) await wait(5) // or the kernel's queue overflows before the server accepts them
  }
  return sockets
}

/** Counts the connections that got a response. */
export function answered(sockets: readonly Socket[]): number {
  return sockets.filter((one) => one.bytesRead > 0).length
}

/** Counts the connections that the server has not closed. */
export function open(sockets: readonly Socket[]): number {
  return sockets.filter((one) => !one.destroyed && one.readable).length
}

/** Beginnings of requests that are never completed. */
export const unfinished = {
  nothing: '',
  headers: 'POST /login HTTP/1.1\r\nHost: localhost\r\nX-',
  body: `${post('Content-Length: 60000')}{"a`,
} as const
