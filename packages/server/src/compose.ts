import { systemClock, type Clock } from '@countersign/token'
import { systemTimer, type Timer } from '@countersign/token/internal'
import { assertSafe, warningsOf } from './config/safety.ts'
import type { Config } from './config/settings.ts'
import { beginProduction } from './domain/begin-production.ts'
import { assertNotInProduction } from './domain/in-production.ts'
import { ensureSigningKey } from './domain/keys/ensure-signing-key.ts'
import { createVerificationRun } from './domain/audit-log/verification-run.ts'
import { createAttemptQueue } from './domain/limits/attempt-queue.ts'
import { openIssuer } from './domain/keys/open-issuer.ts'
import { reencrypt } from './domain/keys/reencrypt.ts'
import { openRootSecret } from './domain/kernel/root-secret.ts'
import { rotateSigningKeys } from './domain/keys/rotate-signing-keys.ts'
import type { Log, Metrics, PasswordHasher, Random } from './domain/kernel/ports.ts'
import type { Runtime } from './domain/runtime.ts'
import { createLiveStatusLists } from './domain/revocation/live-status-lists.ts'
import { createPublisher } from './domain/revocation/publish-status-list.ts'
import { createStatusFeed } from './domain/revocation/status-feed.ts'
import type { CustomClaims } from './domain/authentication/access-token.ts'
import { seedSampleUser } from './domain/registration/sample-user.ts'
import { measuredRefresh, watchRuntime } from './domain/watch-runtime.ts'
import type { Peer } from './http/client-address/client-address.ts'
import type { App, MiddlewareOptions } from './http/pipeline/middleware.ts'
import { mount } from './http/pipeline/mount.ts'
import { developmentPages, pages } from './http/pages/pages.ts'
import { developmentRoutes, routes } from './http/api/routes.ts'
import { jobs } from './jobs/jobs.ts'
import { createScheduler } from './jobs/scheduler.ts'
import { createActivity } from './platform/observability/activity.ts'
import { createCommonPasswords } from './platform/crypto/common-passwords.ts'
import { createLog } from './platform/observability/log.ts'
import { measuredHasher } from './platform/observability/measured-hasher.ts'
import { createMeter, noMetrics, type Meter } from './platform/observability/metrics.ts'
import { zlibCompress } from './platform/net/compress.ts'
import { createPasswordHasher } from './platform/crypto/password-hasher.ts'
import {
  assertUsable,
  databaseOf,
  edgeOf,
  hasherOptionsOf,
  keyEncryptionKeysOf,
  policiesOf,
} from './policies.ts'
import { systemRandom } from './platform/crypto/random.ts'
import { systemStopwatch } from './platform/observability/stopwatch.ts'
import { createTracer, noTracer } from './platform/observability/traces.ts'
import { openSockets, type Listening, type Sockets } from './sockets.ts'
import { createStore, type StatementListener } from './store/store.ts'

export { stopBound } from './platform/net/stop-gracefully.ts'

export type { Listening }

/** The world outside, each part replaceable by another real one. */
export interface Ports {
  readonly clock: Clock
  readonly timer: Timer
  readonly random: Random
  readonly hasher: PasswordHasher
  readonly log: Log
  /** Instead of those of `metrics.port`. */
  readonly metrics: Metrics | undefined
  /** What access tokens say beyond what this server writes itself; nothing by default. */
  readonly customClaims: CustomClaims
}

/** The auth server: a fetch handler to mount anywhere, and a listener of its own. */
export interface Server extends AsyncDisposable {
  /** `peer` is the other end of the connection; without it nobody is told apart by address. */
  fetch(request: Request, peer?: Peer): Promise<Response>
  /**
   * Opens the sockets that the settings ask for. With `ownProcess`, `Request` and `Response` of the whole process are replaced by others that cost
   * half: only where nothing else runs in it. Fails with `port_taken` and `certificate_unusable`.
   */
  listen(options?: { readonly ownProcess?: boolean }): Promise<Listening>
  close(): Promise<void>
}

/**
 * Joins the real parts to a server: checks that the settings are safe, opens the database, makes the first signing key
 * unless there is one, and mounts the routes. The caller closes it, and with it the ports that it was given.
 */
export async function createServer(config: Config, ports: Partial<Ports> = {}): Promise<Server> {
  assertUsable(config, (ports.clock ?? systemClock).now()) // before anything is made that would be in the way of the next try
  const meter = config.metrics.port === undefined ? undefined : await createMeter()
  return startServer(await openRuntime(config, { metrics: meter, ...ports }), config, meter)
}

/** Makes a server of a runtime, which closes with it, and when it cannot be started. */
export async function startServer(
  runtime: Runtime,
  config: Config,
  meter?: Meter,
): Promise<Server> {
  for (const warning of warningsOf(config)) runtime.log.warn({}, warning)
  try {
    await loadKeys(runtime)
    if (config.mode === 'development') await seedSampleUser(runtime)
    else await beginProduction(runtime)
    await runtime.store.onStatusChange(measuredRefresh(runtime))
    await runtime.statusLists.catchUp()
  } catch (error) {
    await closeRuntime(runtime)
    throw error
  }
  const edge = edgeOf(config, runtime.issuer.url)
  const app = mountAll(runtime, config, edge)
  const fetch = async (request: Request, peer: Peer = {}) => app.fetch(request, peer)
  const scheduler = createScheduler(jobs, runtime)
  watchRuntime(runtime)
  let sockets: Sockets | undefined
  const close = async () => {
    runtime.feed.close() // first, for its answers never end by themselves
    await sockets?.close()
    await scheduler.stop()
    await closeRuntime(runtime)
  }
  return {
    fetch,
    async listen(options = {}) {
      sockets = await openSockets(fetch, runtime, config, { meter, ...edge, ...options })
      const { url, redirect, metrics } = sockets
      return { url, redirect, metrics }
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** All that a server answers; one for development also what helps to develop. */
function mountAll(runtime: Runtime, config: Config, edge: MiddlewareOptions): App {
  const development = config.mode === 'development'
  const shown = development ? developmentPages : pages
  return mount(development ? [...routes, ...developmentRoutes] : routes, runtime, {
    strict: development,
    pages: config.pages.enabled ? shown : undefined,
    settings: config.shown,
    ...edge,
  })
}

/** Brings what is sealed under the current key-encryption key, and the ring up to date: a server needs a key before its first request. */
async function loadKeys(runtime: Runtime): Promise<void> {
  const { reencrypted, missing } = await reencrypt(runtime)
  if (reencrypted > 0) runtime.log.info({ reencrypted }, 'sealed anew under keys.encryption_key')
  if (missing.length > 0)
    runtime.log.warn(
      { missing },
      'something is sealed under a key-encryption key that is not given',
    )
  await ensureSigningKey(runtime)
  await rotateSigningKeys(runtime)
  await runtime.issuer.reload()
}

/** How a runtime is opened. */
export interface OpenOptions {
  /** Gives the root secret. */
  readonly openRoot?: typeof openRootSecret | undefined
  /** With `false` a database that is not there yet is not made: fails with `database_missing`. */
  readonly create?: boolean
}

/**
 * Opens the store and the ports alone, after the settings were found safe: what a command needs. Signs nothing before its issuer
 * is reloaded.
 */
export async function openRuntime(
  config: Config,
  ports: Partial<Ports> = {},
  { openRoot = openRootSecret, create = true }: OpenOptions = {},
): Promise<Runtime> {
  assertSafe(config)
  const { clock = systemClock, timer = systemTimer, random = systemRandom } = ports
  const activity = createActivity(ports.metrics ?? noMetrics, clock)
  const metrics: Metrics = activity
  const tracer = config.traces.spans === 'on' ? await createTracer() : noTracer
  const stopwatch = systemStopwatch
  const log =
    ports.log ?? createLog({ level: config.log.level, readable: config.mode === 'development' })
  const given = config.keys.encryptionKey && keyEncryptionKeysOf(config, random)
  const scheme = config.tls.certificateFile === undefined ? 'http' : 'https'
  const url = config.issuer.url ?? `${scheme}://localhost:${config.http.port}`
  const policies = policiesOf(config, url, ports.customClaims ?? (() => ({})))
  const store = await createStore(databaseOf(config), {
    onStatement: listenerOf({ metrics: ports.metrics ? metrics : noMetrics, tracer }),
    migrations: config.database.migrations,
    create,
  })
  const hasher = measuredHasher(ports.hasher ?? createPasswordHasher(hasherOptionsOf(config)), {
    metrics,
    stopwatch,
    tracer,
  })
  const commonPasswords = createCommonPasswords()
  const outside = { clock, timer, random, log, metrics, activity, stopwatch, tracer }
  const attemptQueue = createAttemptQueue()
  try {
    if (config.mode === 'development') await assertNotInProduction(store)
    const keyEncryptionKeys = given ?? keyEncryptionKeysOf(config, random) // development's own lies beside a database that it may use
    const ground = { store, ...outside, policies, keyEncryptionKeys, attemptQueue }
    const root = await openRoot(ground)
    return joined({ ...ground, hasher, commonPasswords, root }, url)
  } catch (error) {
    await closeRuntime({ store, hasher, tracer })
    throw error
  }
}

/** What lies ready before anything is joined to it. */
type Ground = Omit<
  Runtime,
  'issuer' | 'statusLists' | 'verificationRun' | 'compress' | 'publisher' | 'feed'
>

function joined(ground: Ground, url: string): Runtime {
  const issuer = openIssuer({ url, ...ground })
  const verificationRun = createVerificationRun(ground)
  const statusLists = createLiveStatusLists(ground, url)
  const parts = { ...ground, issuer, statusLists, verificationRun, compress: zlibCompress }
  return { ...parts, publisher: createPublisher(parts), feed: createStatusFeed(parts) }
}

/** Whoever wants to hear of statements; none where nobody does, for then they are not timed. */
function listenerOf({
  metrics,
  tracer,
}: Pick<Runtime, 'metrics' | 'tracer'>): StatementListener | undefined {
  if (metrics === noMetrics && tracer === noTracer) return undefined
  return (statement, took) => {
    metrics.observe('database_statement_duration_seconds', { statement }, took)
    tracer.note(`database ${statement}`, took)
  }
}

/** Closes what {@link openRuntime} opened. */
export async function closeRuntime({
  store,
  hasher,
  tracer,
}: Pick<Runtime, 'store' | 'hasher' | 'tracer'>): Promise<void> {
  await hasher.close()
  await store.close()
  await tracer.flush()
}
