import { isIPv6 } from 'node:net'
import type { Config } from './config/settings.ts'
import type { Runtime } from './domain/runtime.ts'
import type { Peer } from './http/address.ts'
import { maxBodyBytes } from './http/body.ts'
import { createMetricsHandler } from './http/metrics.ts'
import { createRedirect } from './http/redirect.ts'
import { readCertificate } from './ports/certificate.ts'
import { listen, type Listener } from './ports/listener.ts'
import type { Meter } from './ports/metrics.ts'
import { watchCertificate } from './ports/watch-certificate.ts'

/** The sockets of a server: for requests, for metrics, and for who comes without TLS. */
export interface Sockets {
  /** Where requests are listened to. */
  readonly url: string
  close(): Promise<void>
}

/** Opens the sockets that the settings ask for, all or none. Fails with `port_taken`, `certificate_unusable` or `setting_invalid`. */
export async function openSockets(
  handler: (request: Request, peer: Peer) => Promise<Response>,
  runtime: Pick<Runtime, 'log' | 'clock' | 'issuer'>,
  config: Config,
  { meter, ownProcess = false }: { meter: Meter | undefined; ownProcess?: boolean },
): Promise<Sockets> {
  const { http, tls, metrics } = config
  const issuer = new URL(runtime.issuer.url)
  const files = filesOf(config)
  const certificate = files && readCertificate(files, runtime.clock.now())
  const opened: Pick<Listener, 'close'>[] = []
  const close = () => Promise.all(opened.map((one) => one.close())).then(() => {})
  try {
    const main = await listen(handler, {
      ...http,
      maxBodyBytes,
      certificate: certificate?.pair,
      ownProcess,
    })
    opened.push(main)
    if (files && certificate)
      opened.push(
        watchCertificate(files, certificate, { ...runtime, host: issuer.hostname }, main.renew),
      )
    if (tls.redirectPort !== undefined)
      opened.push(await listen(createRedirect(issuer.origin), { ...http, port: tls.redirectPort }))
    if (meter) {
      const { host, port = http.port, token } = metrics
      opened.push(await listen(createMetricsHandler(meter, token), { host, port }))
    }
  } catch (error) {
    await close()
    throw error
  }
  const host = isIPv6(http.host) ? `[${http.host}]` : http.host
  return { url: `${files ? 'https' : 'http'}://${host}:${http.port}`, close }
}

function filesOf({ tls: { certificateFile, keyFile } }: Config) {
  if (certificateFile === undefined || keyFile === undefined) return undefined // both or neither: assertSafe
  return { certificate: certificateFile, key: keyFile }
}
