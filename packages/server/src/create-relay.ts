import { issuerKeySet, systemClock } from '@countersign/token'
import {
  createStatusListVerifier,
  publicAlgorithms,
  systemTimer,
} from '@countersign/token/internal'
import { assertSafeRelay } from './config/safety.ts'
import type { Config } from './config/settings.ts'
import type { Metrics } from './domain/kernel/ports.ts'
import { version } from './domain/kernel/version.ts'
import type { Peer } from './http/client-address/client-address.ts'
import { mountRelay } from './http/pipeline/mount-relay.ts'
import { createLog } from './platform/observability/log.ts'
import { createMeter, noMetrics } from './platform/observability/metrics.ts'
import { systemStopwatch } from './platform/observability/stopwatch.ts'
import { noTracer } from './platform/observability/traces.ts'
import { certificateOf, edgeOf } from './policies.ts'
import { createRelay, type Relay } from './relay/relay.ts'
import type { Ports, Server } from './server-interface.ts'
import { openSockets, type Sockets } from './sockets.ts'

/** The lists that a relay follows, and their addresses. */
export interface RelaySource {
  /** The URL of the issuer: it is in the names of the lists, and its keys come from there. */
  readonly issuer: string
  /** The URL of the server, or of another relay, that is followed. */
  readonly upstream: string
}

/** The ports of a relay to the outside world. */
export type RelayPorts = Pick<Ports, 'clock' | 'timer' | 'log'> & { readonly fetch: typeof fetch }

/** Composes a relay: without a database and keys. The caller closes it. Fails with `setting_missing`, `setting_invalid` and `certificate_unusable`. */
export async function createRelayServer(
  config: Config,
  followed: RelaySource,
  ports: Partial<RelayPorts> = {},
): Promise<Pick<Server, 'fetch' | 'listen' | 'close'>> {
  const { clock = systemClock, timer = systemTimer, fetch = globalThis.fetch } = ports
  assertSafeRelay(config)
  certificateOf(config, clock.now())
  const meter = config.metrics.port === undefined ? undefined : await createMeter()
  const metrics = meter ?? noMetrics
  const log = ports.log ?? createLog({ level: config.log.level, readable: false })
  const relay = openRelay(config, followed, { clock, timer, fetch, log })
  registerGauges(relay, metrics)
  const edge = edgeOf(config, followed.issuer)
  const runtime = { log, metrics, clock, stopwatch: systemStopwatch, tracer: noTracer }
  const app = mountRelay(relay, { ...runtime, issuer: { url: followed.issuer } }, edge)
  const answer = async (request: Request, peer: Peer = {}) => app.fetch(request, peer)
  let sockets: Sockets | undefined
  return {
    fetch: answer,
    async listen(options = {}) {
      const site = { publicUrl: undefined, meter, ...edge, ...options }
      sockets = await openSockets(answer, runtime, config, site)
      const { url, metrics: metricsUrl } = sockets
      log.info({ version, url, ...followed, node: process.version, pid: process.pid }, 'started')
      return { url, metrics: metricsUrl }
    },
    async close(reason = 'close') {
      relay.close() // first, because the responses of feeds do not end otherwise
      await sockets?.close()
      if (sockets) log.info({ version, reason }, 'stopped')
    },
  }
}

const followersShare = 0.9 // of all connections: the others are left for requests of lists and health

function openRelay(config: Config, followed: RelaySource, ports: RelayPorts): Relay {
  const { issuer } = followed
  const { clock, fetch } = ports
  const insecure = config.issuer.allowInsecureHttp
  const keys = issuerKeySet(issuer, {
    clock,
    fetch,
    ...(insecure !== undefined && { allowInsecureHttp: insecure }),
  })
  const verifier = createStatusListVerifier({ issuer, algorithms: publicAlgorithms, keys, clock })
  const maxFollowers = Math.floor(followersShare * config.http.maxConnections)
  return createRelay({ ...followed, ...ports, signer: { verifier, keys }, maxFollowers })
}

function registerGauges(relay: Relay, metrics: Metrics): void {
  metrics.watch('guards_following', () => [[{}, relay.followers]])
  metrics.watch('relay_feeds', () =>
    Object.entries(relay.feeds()).map(([state, count]) => [{ state }, count] as const),
  )
}
