import { isIPv6 } from 'node:net'
import type { Config } from './config/settings.ts'
import type { Runtime } from './runtime.ts'
import type { Addresses, Peer } from './http/client-address/client-address.ts'
import { routes } from './http/api/routes.ts'
import { bodyLimits } from './http/pipeline/read-input.ts'
import { createMetricsHandler } from './http/pipeline/metrics-endpoint.ts'
import { createRedirect } from './http/pipeline/https-redirect.ts'
import { certificateFilesOf } from './policies.ts'
import { readCertificate } from './platform/net/certificate.ts'
import { listen, type Listener } from './platform/net/listener.ts'
import type { Meter } from './platform/observability/metrics.ts'
import { watchCertificate } from './platform/net/watch-certificate.ts'

/** The open sockets of a server: for requests, for metrics, and for redirecting plain HTTP to HTTPS. */
export interface Sockets extends Listening {
  close(): Promise<void>
}

/** The URLs that a server listens at. */
export interface Listening {
  readonly url: string
  /** The URL at which plain HTTP is redirected to HTTPS. */
  readonly redirect?: string | undefined
  readonly metrics?: string | undefined
}

/** The options of {@link openSockets}, besides the settings. */
interface SocketOptions {
  /** The public URL of the server. A relay's is not known: its certificate is not compared with it, nothing is redirected to it, and no body is read. */
  readonly publicUrl: string | undefined
  readonly meter: Meter | undefined
  readonly addresses: Pick<Addresses, 'ofConnection'>
  readonly ownProcess?: boolean
}

/** Opens the socket for metrics. Fails with `port_taken` or `setting_invalid`. */
export function openMetricsSocket(
  meter: Meter,
  { host, port, token }: Config['metrics'],
): Promise<Pick<Listener, 'close'>> {
  if (port === undefined) throw new Error('a meter without metrics.port')
  return listen(createMetricsHandler(meter, token), { host, port, setting: 'metrics.port' })
}

/** Opens the sockets of the settings, all or none. Fails with `port_taken`, `certificate_unusable` or `setting_invalid`. */
export async function openSockets(
  handler: (request: Request, peer: Peer) => Promise<Response>,
  runtime: Pick<Runtime, 'log' | 'clock'>,
  config: Config,
  { publicUrl: url, meter, addresses, ownProcess = false }: SocketOptions,
): Promise<Sockets> {
  const { http, tls, metrics } = config
  const publicUrl = url === undefined ? undefined : new URL(url)
  const files = certificateFilesOf(config)
  const certificate = files && readCertificate(files, runtime.clock.now())
  const shared = { ...http, addressOf: addresses.ofConnection }
  const opened: Pick<Listener, 'close'>[] = []
  const close = () => Promise.all(opened.map((one) => one.close())).then(() => {})
  try {
    const prefix = publicUrl?.pathname.replace(/\/$/, '')
    const maxBodyBytes = prefix === undefined ? () => 0 : bodyLimits(routes, prefix)
    const own = { maxBodyBytes, certificate: certificate?.pair, ownProcess }
    const main = await listen(handler, { ...shared, ...own, setting: 'http.port' })
    opened.push(main)
    if (files && certificate)
      opened.push(
        watchCertificate(files, certificate, { ...runtime, host: publicUrl?.hostname }, main.renew),
      )
    if (tls.redirectPort !== undefined && publicUrl)
      opened.push(
        await listen(createRedirect(publicUrl.origin), {
          ...shared,
          port: tls.redirectPort,
          setting: 'tls.redirect_port',
        }),
      )
    if (meter) opened.push(await openMetricsSocket(meter, metrics))
  } catch (error) {
    await close()
    throw error
  }
  return { ...addressesOf(config), close }
}

function addressesOf({ http, tls, metrics }: Config): Listening {
  const at = (host: string, port: number) => `${isIPv6(host) ? `[${host}]` : host}:${port}`
  const { certificateFile, redirectPort } = tls
  return {
    url: `${certificateFile === undefined ? 'http' : 'https'}://${at(http.host, http.port)}`,
    redirect: redirectPort === undefined ? undefined : `http://${at(http.host, redirectPort)}`,
    metrics:
      metrics.port === undefined ? undefined : `http://${at(metrics.host, metrics.port)}/metrics`,
  }
}
