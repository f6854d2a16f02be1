import { registerGauges, refresherOf } from './gauges.ts'
import { systemClock } from '@countersign/token'
import { systemTimer } from '@countersign/token/internal'
import { assertSafe, warningsOf } from './config/safety.ts'
import type { Config } from './config/settings.ts'
import { beginProduction } from './domain/production/begin-production.ts'
import { assertNotInProduction } from './domain/production/in-production.ts'
import { bindKeyRing } from './domain/keys/bind-key-ring.ts'
import { ensureSigningKey } from './domain/keys/ensure-signing-key.ts'
import { createVerificationRun } from './domain/audit-log/verification-run.ts'
import { createAttemptQueue } from './domain/limits/attempt-queue.ts'
import { createRingFollower } from './domain/keys/follow-key-ring.ts'
import { openIssuer } from './domain/keys/open-issuer.ts'
import { reencrypt } from './domain/keys/reencrypt.ts'
import {
  openRootSecret,
  type RootSecret,
  type RootSecretDeps,
} from './domain/kernel/root-secret.ts'
import type { ReplaceRootDeps } from './domain/keys/replace-lost-keys.ts'
import { rotateSigningKeys } from './domain/keys/rotate-signing-keys.ts'
import type { Metrics } from './domain/kernel/ports.ts'
import { version } from './domain/kernel/version.ts'
import type { Runtime } from './runtime.ts'
import { createLiveStatusLists } from './domain/revocation/live-status-lists.ts'
import { createPublisher } from './domain/revocation/publish-status-list.ts'
import { createStatusFeed } from './domain/revocation/status-feed.ts'
import { seedSampleUser } from './domain/production/sample-user.ts'
import type { Peer } from './http/client-address/client-address.ts'
import type { App, MiddlewareOptions } from './http/pipeline/middleware.ts'
import { mount } from './http/pipeline/mount.ts'
import { developmentPages, pages } from './http/pages/pages.ts'
import { developmentRoutes, routes } from './http/api/routes.ts'
import { jobs } from './jobs/jobs.ts'
import { createScheduler } from './jobs/scheduler.ts'
import { mailersOf } from './mailers.ts'
import { createActivity } from './platform/observability/activity.ts'
import { createCommonPasswords } from './platform/crypto/common-passwords.ts'
import { createLog } from './platform/observability/log.ts'
import { createMeter, noMetrics, type Meter } from './platform/observability/metrics.ts'
import { zlibCompress } from './platform/net/compress.ts'
import { createPasswordHasher, withMetrics } from './platform/crypto/password-hasher.ts'
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
import type { Ports, Server } from './server-interface.ts'
import { createStore, type StatementListener } from './store/store.ts'

export { stopBound } from './platform/net/stop-gracefully.ts'
export type { Listening }

/**
 * Composes a server: checks that the settings are safe, opens the database, makes the first signing key
 * unless there is one, and mounts the routes. The caller closes it, which also closes the ports that it was given. It answers
 * `fetch` at once; `listen` opens the sockets of the settings.
 *
 * @example
 * import { createServer, loadConfig } from '@countersign/server'
 *
 * const config = loadConfig({ mode: 'development', env: { COUNTERSIGN_DATABASE_URL: 'sqlite::memory:' } })
 * await using server = await createServer(config)
 * const response = await server.fetch(
 *   new Request('http://localhost:5000/login', {
 *     method: 'POST',
 *     headers: { 'content-type': 'application/json' },
 *     body: JSON.stringify({ username: 'admin', password: 'password' }),
 *   }),
 * )
 * console.log(response.status) // 200
 */
export async function createServer(config: Config, ports: Partial<Ports> = {}): Promise<Server> {
  assertUsable(config, (ports.clock ?? systemClock).now()) // before anything is created that would hinder the next start
  const meter = config.metrics.port === undefined ? undefined : await createMeter()
  return startServer(await openRuntime(config, { metrics: meter, ...ports }), config, meter)
}

/** Starts a server on a runtime. The runtime closes with it, also if it cannot start. */
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
    await runtime.store.onChange(refresherOf(runtime))
    await runtime.statusLists.catchUp()
  } catch (error) {
    await closeRuntime(runtime)
    throw error
  }
  const edge = edgeOf(config, runtime.issuer.url)
  const app = mountAll(runtime, config, edge)
  const fetch = async (request: Request, peer: Peer = {}) => app.fetch(request, peer)
  const scheduler = createScheduler(jobs, runtime)
  registerGauges(runtime)
  let sockets: Sockets | undefined
  const close = async (reason = 'close') => {
    runtime.feed.close() // first, because its responses do not end otherwise
    await sockets?.close()
    await scheduler.stop()
    await closeRuntime(runtime)
    if (sockets) runtime.log.info({ version, reason }, 'stopped')
  }
  return {
    fetch,
    async listen(options = {}) {
      sockets = await openSockets(fetch, runtime, config, { meter, ...edge, ...options })
      const { url, redirect, metrics } = sockets
      const { mode } = config
      runtime.log.info({ version, url, mode, node: process.version, pid: process.pid }, 'started')
      return { url, redirect, metrics }
    },
    close,
    [Symbol.asyncDispose]: () => close(),
  }
}

/** Mounts all routes and pages; in development also those that help to develop. */
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

/** Re-encrypts under the current key-encryption key, and brings the key ring up to date: a server needs a signing key before its first request. */
async function loadKeys(runtime: Runtime): Promise<void> {
  const { reencrypted, missing } = await reencrypt(runtime)
  if (reencrypted > 0) runtime.log.info({ reencrypted }, 're-encrypted under keys.encryption_key')
  if (missing.length > 0)
    runtime.log.warn(
      { missing },
      'some values are encrypted under a key-encryption key that is not in the settings',
    )
  await ensureSigningKey(runtime)
  await rotateSigningKeys(runtime)
  await runtime.issuer.reload()
}

/** How to open a runtime. */
export interface OpenOptions {
  /** Opens the root secret, or replaces it. */
  readonly openRoot?: ((deps: RootSecretDeps & ReplaceRootDeps) => Promise<RootSecret>) | undefined
  /** With `false`, a missing database is not created: fails with `database_missing`. */
  readonly create?: boolean
}

/**
 * Opens the store and the ports only, once the settings are found safe: what a command needs. It can sign nothing before its issuer
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
  const readable = config.mode === 'development'
  const lost = () => metrics.count('log_lines_lost_total', {})
  const log = ports.log ?? createLog({ level: config.log.level, readable, lost })
  const given = config.keys.encryptionKey && keyEncryptionKeysOf(config, random)
  const scheme = config.tls.certificateFile === undefined ? 'http' : 'https'
  const url = config.issuer.url ?? `${scheme}://localhost:${config.http.port}`
  const policies = policiesOf(config, url, ports.customClaims ?? (() => ({})))
  const store = await createStore(databaseOf(config), {
    onStatement: listenerOf({ metrics: ports.metrics ? metrics : noMetrics, tracer }),
    migrations: config.database.migrations,
    create,
    refuseProduction: config.mode === 'development',
  })
  const hasher = withMetrics(ports.hasher ?? createPasswordHasher(hasherOptionsOf(config)), {
    metrics,
    stopwatch,
    tracer,
  })
  const commonPasswords = createCommonPasswords()
  const outside = { clock, timer, random, log, metrics, activity, stopwatch, tracer }
  const services = { ...mailersOf(config, url), attemptQueue: createAttemptQueue() }
  try {
    if (config.mode === 'development') await assertNotInProduction(store)
    const keyEncryptionKeys = given ?? keyEncryptionKeysOf(config, random) // development stores its own beside a database that it may use
    const base = { store, ...outside, ...services, policies, keyEncryptionKeys }
    const root = await openRoot(base)
    await bindKeyRing({ ...base, root })
    return withServices({ ...base, hasher, commonPasswords, root }, url)
  } catch (error) {
    await closeRuntime({ store, hasher, tracer })
    throw error
  }
}

/** The ports and policies, before the services that are made of them. */
type RuntimeBase = Omit<
  Runtime,
  'issuer' | 'statusLists' | 'verificationRun' | 'compress' | 'publisher' | 'feed' | 'followKeys'
>

function withServices(base: RuntimeBase, url: string): Runtime {
  const issuer = openIssuer({ url, ...base })
  const verificationRun = createVerificationRun(base)
  const statusLists = createLiveStatusLists(base, url)
  const parts = { ...base, issuer, statusLists, verificationRun, compress: zlibCompress }
  const feed = createStatusFeed(parts)
  const followKeys = createRingFollower({ ...parts, feed })
  return { ...parts, publisher: createPublisher(parts), feed, followKeys }
}

/** Returns the listener for SQL statements; `undefined` without metrics and traces, so that statements are not timed. */
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
