import { registerGauges, refresherOf, warnIfReadOnly } from './gauges.ts'
import { systemClock } from '@countersign/token'
import { warningsOf } from './config/safety.ts'
import type { Config } from './config/settings.ts'
import { beginProduction } from './domain/production/begin-production.ts'
import { ensureSigningKeys } from './domain/keys/ensure-signing-keys.ts'
import { reencrypt } from './domain/keys/reencrypt.ts'
import { rotateSigningKeys } from './domain/keys/rotate-signing-keys.ts'
import { version } from './domain/kernel/version.ts'
import { closeRuntime, openRuntime } from './open-runtime.ts'
import type { Runtime } from './runtime.ts'
import { seedSampleUser } from './domain/production/sample-user.ts'
import type { Peer } from './http/client-address/client-address.ts'
import type { MiddlewareOptions } from './http/pipeline/middleware.ts'
import { mount, type Mounted } from './http/pipeline/mount.ts'
import type { MountPath } from './http/pipeline/mount-path.ts'
import { developmentPages, pages } from './http/pages/pages.ts'
import { developmentRoutes, routes } from './http/api/routes.ts'
import { jobs, type Job } from './jobs/jobs.ts'
import { createScheduler } from './jobs/scheduler.ts'
import { createMeter, type Meter } from './platform/observability/metrics.ts'
import { assertUsable, edgeOf } from './policies.ts'
import { openSockets, type Listening, type Sockets } from './sockets.ts'
import type { Ports, Server } from './server-interface.ts'

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
  const runtime = await openRuntime(config, { metrics: meter, ...ports })
  return startServer(runtime, config, { meter, scheduled: jobs })
}

/** The options of {@link startServer}, besides the runtime. */
export interface StartOptions {
  readonly meter?: Meter | undefined
  /** The jobs that run by themselves. */
  readonly scheduled: readonly Job[]
  /** The addresses of a server inside an application. */
  readonly mountPath?: MountPath | undefined
  /** Called when the server closes, before its database does: waits for requests under way that no socket of its own knows of. */
  readonly drain?: () => Promise<void>
}

/** Starts a server on a runtime. The runtime closes with it, also if it cannot start. */
export async function startServer(
  runtime: Runtime,
  config: Config,
  { meter, scheduled, mountPath, drain }: StartOptions,
): Promise<Server & Pick<Mounted, 'owns'>> {
  for (const warning of warningsOf(config)) runtime.log.warn({}, warning)
  try {
    await loadKeys(runtime)
    if (config.mode === 'development') await seedSampleUser(runtime)
    else await beginProduction(runtime)
    await runtime.store.onChange(refresherOf(runtime))
    await runtime.statusLists.catchUp()
    await warnIfReadOnly(runtime)
  } catch (error) {
    await closeRuntime(runtime)
    throw error
  }
  const edge = { ...edgeOf(config, runtime.issuer.url), publicUrl: runtime.issuer.url }
  const { app, owns } = mountAll(runtime, config, { ...edge, mountPath })
  const fetch = async (request: Request, peer: Peer = {}) => app.fetch(request, peer)
  const scheduler = createScheduler(scheduled, runtime)
  registerGauges(runtime)
  let sockets: Sockets | undefined
  const close = async (reason = 'close') => {
    runtime.feed.close() // first, because its responses do not end otherwise
    await sockets?.close()
    await drain?.()
    await scheduler.stop()
    await closeRuntime(runtime)
    if (sockets) runtime.log.info({ version, reason }, 'stopped')
  }
  return {
    fetch,
    owns,
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
function mountAll(
  runtime: Runtime,
  config: Config,
  edge: MiddlewareOptions & Pick<StartOptions, 'mountPath'>,
): Mounted {
  const development = config.mode === 'development'
  const shown = development ? developmentPages : pages
  return mount(development ? [...routes, ...developmentRoutes] : routes, runtime, {
    strict: development,
    pages: config.pages.enabled ? shown : undefined,
    settings: config.shown,
    onlyThisMachine: development && edge.mountPath !== undefined,
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
  await ensureSigningKeys(runtime)
  await rotateSigningKeys(runtime)
  await runtime.issuer.reload()
}
