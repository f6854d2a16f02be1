import { getRequestListener, RequestError } from '@hono/node-server'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { Server as TlsServer } from 'node:tls'
import { fail } from '../../failures.ts'
import type { Certificate, CertificatePair } from './certificate.ts'
import { inTurn, type Turns } from './serialize-requests.ts'
import { shareConnections, type AddressOf } from './share-connections.ts'
import { stopGracefully } from './stop-gracefully.ts'
import { whole } from './whole-request.ts'

/** Answers requests; it is told of the other end of the connection, and whether that is plain HTTP. */
type Handler = (
  request: Request,
  peer: { readonly address: string | undefined; readonly plain: boolean },
) => Promise<Response>

/** Where to listen, and how. */
export interface ListenOptions {
  readonly host: string
  readonly port: number
  /** Which setting the port comes from, such as `http.port`: what an operator has to change where it cannot be had. */
  readonly setting: string
  /** Connections beyond it are closed at once, so that a flood leaves the process files to work with; and beyond a share of it those of one place. */
  readonly maxConnections?: number
  /** From where a connection comes, for that share; by default nobody is told apart. */
  readonly addressOf?: AddressOf
  /** The most that a body may hold; none by default. A handler that reads it is given more when there was more. */
  readonly maxBodyBytes?: number
  /** With it the socket speaks TLS and nothing else. */
  readonly certificate?: CertificatePair | undefined
  /** Nothing but this server runs in the process: its `Request` and `Response` are replaced by others that cost half, for everybody in it. */
  readonly ownProcess?: boolean
}

/** Sockets that serve a fetch handler. */
export interface Listener {
  /** Takes another certificate for connections to come; those that are open stay as they are. */
  renew(certificate: Pick<Certificate, 'pair'>): void
  /** Accepts no more, answers what has come, and closes; within a bound. */
  close(): Promise<void>
}

// Milliseconds. Each is a bound on what somebody can hold open for nothing.
const limits = {
  headersTimeout: 10_000, // an honest client sends them in one piece
  requestTimeout: 30_000, // 64 KiB over the slowest of lines
  keepAliveTimeout: 65_000, // longer than the minute that proxies keep theirs, or they write into what we just closed
  connectionsCheckingInterval: 1000, // how late the first two may come
  maxHeaderSize: 16_384, // bytes; a token is at most 8,192
} as const

const silence = 120_000 // milliseconds with nothing in either direction: who reads no answer

const tls = {
  minVersion: 'TLSv1.2',
  handshakeTimeout: 10_000, // milliseconds
  honorCipherOrder: true,
  // Forward secrecy and authenticated encryption, in 1.2 too (RFC 9325, section 4.2). The first three are those of 1.3.
  ciphers:
    'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:' +
    'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:' +
    'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:' +
    'ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305',
} as const

/**
 * Serves a fetch handler over HTTP, or over TLS. `localhost` is listened to on both of its addresses, for programs disagree on which one
 * the name means. Fails with `port_taken` and says what to do.
 */
export async function listen(handler: Handler, options: ListenOptions): Promise<Listener> {
  const { host, port, setting } = options
  const opened: Opened[] = []
  const close = () =>
    Promise.all(opened.map(({ server, turns }) => stopGracefully(server, turns))).then(() => {})
  for (const address of host === 'localhost' ? ['127.0.0.1', '::1'] : [host]) {
    try {
      opened.push(await open(handler, { ...options, host: address }))
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      if (address === '::1' && code !== 'EADDRINUSE') continue // a machine without IPv6
      await close()
      if (code !== 'EADDRINUSE')
        throw fail('setting_invalid', {
          detail: `${setting}, or the host that it belongs to, cannot be used`,
          cause,
        })
      const flag = setting.replaceAll(/[._]/g, '-')
      const detail = `another program listens on ${port}; stop it, or choose another port with --${flag} ${port + 1}`
      throw fail('port_taken', { detail, cause })
    }
  }
  return {
    close,
    renew({ pair }) {
      for (const { server } of opened)
        if (server instanceof TlsServer) server.setSecureContext({ ...tls, ...pair })
    },
  }
}

interface Opened {
  readonly server: Server
  readonly turns: Turns
}

function open(handler: Handler, options: ListenOptions): Promise<Opened> {
  const { addressOf = () => undefined } = options
  const { host, port, maxConnections, maxBodyBytes = 0, certificate, ownProcess = false } = options
  const plain = certificate === undefined
  const answer = getRequestListener(
    (request, env) =>
      handler(request, {
        address: 'incoming' in env ? env.incoming.socket.remoteAddress : undefined,
        plain,
      }),
    {
      overrideGlobalObjects: ownProcess,
      errorHandler: (error) => refuse(error, handler, plain),
    },
  )
  const turns = inTurn(whole(answer, maxBodyBytes))
  const server = plain
    ? createServer(limits, turns.listener)
    : createTlsServer({ ...limits, ...tls, ...certificate }, turns.listener)
  server.timeout = silence
  server.maxHeadersCount = 0 // their size is bounded; with a bound on their number, Node drops the rest and says nothing
  if (maxConnections !== undefined) {
    server.maxConnections = maxConnections
    shareConnections(server, maxConnections, addressOf)
  }
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, exclusive: true, backlog: 1024 }, () => {
      server.off('error', reject)
      resolve({ server, turns })
    })
  })
}

/** An address or a Host that is none never becomes a request; the handler is given one that it refuses for the same reason. */
function refuse(error: unknown, handler: Handler, plain: boolean): Promise<Response> {
  if (!(error instanceof RequestError)) throw error
  return handler(new Request('http://unreadable.invalid/%'), { address: undefined, plain })
}
