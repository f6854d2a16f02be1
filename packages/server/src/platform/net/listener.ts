import { getRequestListener, RequestError } from '@hono/node-server'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Server as NetServer } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import { createPerNetworkQuota } from '../../domain/limits/per-network-quota.ts'
import { fail } from '../../failures.ts'
import { bufferBody, readBodyOf } from './buffer-body.ts'
import type { Certificate, CertificatePair } from './certificate.ts'
import { serializeRequests, type SerialListener } from './serialize-requests.ts'
import { stopGracefully } from './stop-gracefully.ts'

// The network side of the server: sockets, TLS, connection limits and graceful stop.

/** Answers requests. `peer` is the other end of the connection; `plain` without TLS. `body` was read before. */
type Handler = (
  request: Request,
  peer: {
    readonly address: string | undefined
    readonly plain: boolean
    readonly body?: Buffer | undefined
  },
) => Promise<Response>

/** Returns the client of a connection; undefined for a shared address, such as that of a proxy, which has no quota. */
type AddressOf = (address: string | undefined) => string | undefined

/** Address, limits and TLS of a listener. */
export interface ListenOptions {
  readonly host: string
  readonly port: number
  /** The setting of the port, such as `http.port`, for the message if the port is taken. */
  readonly setting: string
  /** Connections beyond it are closed at once, so that a flood leaves file descriptors; each client network has a quota of it. */
  readonly maxConnections?: number
  /** The client of a connection, for that quota; by default there is no quota. */
  readonly addressOf?: AddressOf
  /** Returns the maximum size of a body by the request's target; 0 by default. A larger one reaches the handler with one byte too many. */
  readonly maxBodyBytes?: (target: string) => number
  /** With it, the socket accepts only TLS. */
  readonly certificate?: CertificatePair | undefined
  /** Only this server runs in the process: replaces the global `Request` and `Response` by faster ones. */
  readonly ownProcess?: boolean
}

/** Sockets that serve a fetch handler. */
export interface Listener {
  /** Uses another certificate for new connections. */
  renew(certificate: Pick<Certificate, 'pair'>): void
  /** Stops gracefully: answers requests under way, within a bound. */
  close(): Promise<void>
}

// Milliseconds. Each limits how long a client can hold a connection without using it.
const limits = {
  headersTimeout: 10_000, // a usual client sends them at once
  requestTimeout: 30_000, // 64 KiB over a very slow line
  keepAliveTimeout: 65_000, // longer than the minute of proxies, which would otherwise write into a closed connection
  connectionsCheckingInterval: 1000, // precision of the first two
  maxHeaderSize: 16_384, // bytes; a token is at most 8,192
} as const

const idleTimeout = 120_000 // milliseconds without data in either direction, as when a client reads no answer

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
 * Serves a fetch handler over HTTP or HTTPS. For `localhost` it listens on both addresses, because programs disagree on which one
 * the name means. Fails with `port_taken`, `setting_invalid`.
 */
export async function listen(handler: Handler, options: ListenOptions): Promise<Listener> {
  const { host, port, setting } = options
  const opened: Opened[] = []
  const close = () =>
    Promise.all(opened.map(({ server, requests }) => stopGracefully(server, requests))).then(
      () => {},
    )
  for (const address of host === 'localhost' ? ['127.0.0.1', '::1'] : [host]) {
    try {
      opened.push(await open(handler, { ...options, host: address }))
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      if (address === '::1' && code !== 'EADDRINUSE') continue // a machine without IPv6
      await close()
      if (code !== 'EADDRINUSE')
        throw fail('setting_invalid', {
          detail: `${setting}, or the host of the same group, cannot be used`,
          cause,
        })
      const flag = setting.replaceAll(/[._]/g, '-')
      const underNpm = process.env['npm_lifecycle_event'] === 'start' // npm keeps options before -- for itself
      const option = underNpm ? `npm start -- --${flag}` : `--${flag}`
      const detail = `another program uses ${port}; stop it, or choose another port with ${option} ${port + 1}`
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
  readonly requests: SerialListener
}

function open(handler: Handler, options: ListenOptions): Promise<Opened> {
  const { addressOf = () => undefined } = options
  const {
    host,
    port,
    maxConnections,
    maxBodyBytes = () => 0,
    certificate,
    ownProcess = false,
  } = options
  const plain = certificate === undefined
  const answer = getRequestListener(
    (request, env) => {
      const incoming = 'incoming' in env ? env.incoming : undefined
      const body = incoming && readBodyOf(incoming)
      const client = { address: incoming?.socket.remoteAddress, plain, body }
      return handler(incoming?.httpVersionMajor === 0 ? unreadable() : request, client) // HTTP/0.9 has no headers
    },
    {
      overrideGlobalObjects: ownProcess,
      hostname: 'localhost', // for HTTP/1.0 without Host, as health checks send it; Node refuses HTTP/1.1 without
      errorHandler: (error) => refuse(error, handler, plain),
    },
  )
  const requests = serializeRequests(bufferBody(answer, maxBodyBytes))
  const server = plain
    ? createServer(limits, requests.listener)
    : createTlsServer({ ...limits, ...tls, ...certificate }, requests.listener)
  server.timeout = idleTimeout
  server.maxHeadersCount = 0 // no limit, because their size is limited; Node would silently drop headers beyond it
  if (maxConnections !== undefined) {
    server.maxConnections = maxConnections
    limitPerNetwork(server, maxConnections, addressOf)
  }
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, exclusive: true, backlog: 1024 }, () => {
      server.off('error', reject)
      resolve({ server, requests })
    })
  })
}

/** Makes a request that every handler refuses as unreadable. */
function unreadable(): Request {
  return new Request('http://unreadable.invalid/%')
}

/** Handles a URL or Host so malformed that no `Request` can be made: gives the handler one that it refuses for the same reason. */
function refuse(error: unknown, handler: Handler, plain: boolean): Promise<Response> {
  if (!(error instanceof RequestError)) throw error
  return handler(unreadable(), { address: undefined, plain })
}

/**
 * Closes new connections of a client network that already has its quota of all connections. Otherwise one address could hold all of them, as
 * long as the timeouts allow, and lock out everyone else.
 */
function limitPerNetwork(server: NetServer, maxConnections: number, addressOf: AddressOf): void {
  const quota = createPerNetworkQuota(maxConnections)
  server.prependListener('connection', (socket) => {
    const release = quota.take(addressOf(socket.remoteAddress))
    if (release) socket.once('close', release)
    else socket.destroy()
  })
}
