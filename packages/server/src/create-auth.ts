import { createGuard, type Guard } from '@countersign/guard'
import { systemClock } from '@countersign/token'
import { isLoopback } from '@countersign/token/internal'
import { startServer } from './compose.ts'
import type { Environment } from './config/environment.ts'
import { loadConfig } from './config/load.ts'
import type { Mode } from './config/setting.ts'
import type { Config } from './config/settings.ts'
import { version } from './domain/kernel/version.ts'
import { fail } from './failures.ts'
import type { Peer } from './http/client-address/client-address.ts'
import { legacyGuardOptions } from './http/pipeline/legacy-tokens.ts'
import { createMountPath } from './http/pipeline/mount-path.ts'
import { jobs } from './jobs/jobs.ts'
import { openRuntime } from './open-runtime.ts'
import { createRequestsUnderWay } from './platform/net/requests-under-way.ts'
import { createMeter } from './platform/observability/metrics.ts'
import { assertUsable, edgeOf } from './policies.ts'
import type { Runtime } from './runtime.ts'
import type { Ports, Server } from './server-interface.ts'
import { openMetricsSocket } from './sockets.ts'

/**
 * The options of {@link createAuth}.
 *
 * @example
 * import type { AuthOptions } from '@countersign/server'
 *
 * export const options: AuthOptions = { url: 'https://app.example.com/auth', file: 'countersign.toml' }
 */
export interface AuthOptions {
  /**
   * The URL at which users reach it: the origin of the application, and the path that is Countersign's. Without a path, it shares the root with the
   * application.
   */
  readonly url: string
  /** Default: `development` if NODE_ENV is that, and else `production`, which refuses unsafe settings. */
  readonly mode?: Mode
  /** The variables of the settings; default: those of the process. */
  readonly env?: Environment
  /** A TOML file with settings. */
  readonly file?: string
}

/** An auth server inside an application. Hand it to an adapter: `honoAuth(auth)`, `expressAuth(auth)` and so on. */
export interface Auth extends AsyncDisposable {
  /** The `url` that it was created with: the issuer of its tokens. */
  readonly url: string
  /** Admits only authorized requests to the routes of the application. It asks nothing over the network, and knows of a revocation at once. */
  readonly guard: Guard
  /** Returns whether an address is Countersign's, by the path of a request. */
  owns(pathname: string): boolean
  /** Answers a request, with the whole path. `peer` is the other end of the connection; without it, clients cannot be told apart by address. */
  fetch(request: Request, peer?: Peer): Promise<Response>
  /** Ends event streams, waits for requests under way, and closes the database. Requests from now on are answered with 503. */
  close(): Promise<void>
}

/**
 * Creates an auth server inside an application: it opens the database and runs the jobs, but no socket. The settings are those of a server of
 * its own, except for those of sockets. Fails as `createServer` does, and with `mount_taken` if one of the same origin is open in this process.
 *
 * @example
 * import { createAuth } from '@countersign/server'
 * import { honoAuth } from '@countersign/server/hono'
 * import { honoGuard } from '@countersign/guard/hono'
 * import { Hono } from 'hono'
 *
 * const env = { COUNTERSIGN_DATABASE_URL: 'sqlite::memory:', COUNTERSIGN_LOG_LEVEL: 'silent' }
 * await using auth = await createAuth({ url: 'http://localhost:3000/auth', mode: 'development', env })
 * const app = new Hono()
 * app.use(honoAuth(auth))
 * app.get('/notes', honoGuard(auth.guard), (c) => c.json({ owner: c.var.principal.subject }))
 * console.log((await app.request('http://localhost:3000/auth/sign-in')).status) // 200
 * console.log((await app.request('http://localhost:3000/notes')).status) // 401
 */
export async function createAuth(options: AuthOptions, ports: Partial<Ports> = {}): Promise<Auth> {
  const { url, env = process.env, file } = options
  const { mode = env['NODE_ENV'] === 'development' ? 'development' : 'production' } = options
  const config = loadConfig({ mode, env, file, flags: { 'issuer-url': url } })
  assertInside(config, env)
  assertUsable(config, (ports.clock ?? systemClock).now())
  return start(config, url, ports)
}

/** Opens the parts, each of which closes again if a later one cannot open. */
async function start(config: Config, url: string, ports: Partial<Ports>): Promise<Auth> {
  await using opened = new AsyncDisposableStack()
  opened.defer(takeMount(url))
  const requests = createRequestsUnderWay()
  const meter = config.metrics.port === undefined ? undefined : await createMeter()
  const runtime = await openRuntime(config, { metrics: meter, ...ports })
  const mountPath = createMountPath(url)
  const options = { meter, scheduled: jobs, mountPath, drain: requests.drain }
  const server = opened.use(await startServer(runtime, config, options))
  if (meter) opened.defer((await openMetricsSocket(meter, config.metrics)).close)
  const guard = opened.use(createOwnGuard(runtime, config, server))
  const warnOnce = createPathWarning(runtime, mountPath.prefix)
  runtime.log.info({ version, url, mode: config.mode, node: process.version }, 'mounted')
  const parts = opened.move()
  let closing: Promise<void> | undefined // a second call waits for the first: a framework may close it, too
  const close = () => {
    requests.refuse()
    return (closing ??= parts.disposeAsync())
  }
  return {
    url,
    guard,
    owns: server.owns,
    fetch(request, peer) {
      if (!server.owns(new URL(request.url).pathname)) warnOnce()
      return requests.handle(() => server.fetch(request, peer))
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/**
 * Creates the guard of the application. Its keys and status lists are those in the memory of the server. API tokens are exchanged by the
 * server's own handler.
 */
function createOwnGuard(runtime: Runtime, config: Config, server: Pick<Server, 'fetch'>): Guard {
  const { issuer, statusLists, clock, timer, policies } = runtime
  const { audience, type } = policies.tokens
  const { ownOrigin, origins, cookieNames } = edgeOf(config, issuer.url)
  const { protocol, hostname } = new URL(issuer.url)
  return createGuard({
    issuer: issuer.url,
    audience,
    type,
    keys: issuer.keys,
    revocation: { source: statusLists },
    apiTokens: protocol === 'https:' || isLoopback(hostname), // no guard exchanges them at a plain address, which clients would send them to
    fetch: async (input, init) => server.fetch(new Request(input, init)),
    cookie: { name: cookieNames.access, origins: [ownOrigin, ...origins] },
    dpop: { url: ownOrigin },
    ...legacyGuardOptions(runtime),
    clock,
    timer,
  })
}

/** Returns a function that logs once that Countersign gets requests for other addresses: the application has mounted it at another path. */
function createPathWarning({ log }: Pick<Runtime, 'log'>, prefix: string): () => void {
  let warned = false
  return () => {
    if (!warned)
      log.warn(
        { prefix },
        'Countersign got a request outside of the path of `url`, and answers 404; mount it at that path, and let the framework keep the path in the URL',
      )
    warned = true
  }
}

const ofSockets = /^(?:http|tls)\./

/** Refuses settings that have no effect inside an application, and a URL that the settings contradict. Fails with `setting_invalid`. */
function assertInside({ shown, issuer }: Config, env: Environment): void {
  const idle = shown.find(({ key, from }) => from !== 'default' && ofSockets.test(key))
  if (idle) {
    const isVariable = idle.from.startsWith('COUNTERSIGN_')
    const [name, remove] = isVariable
      ? [idle.from, 'unset the variable']
      : [`${idle.key} of the settings file`, 'remove it']
    throw fail('setting_invalid', {
      detail: `${name} has no effect inside an application, which opens the sockets itself; ${remove}, and set the port where the application listens`,
    })
  }
  const other = env['COUNTERSIGN_ISSUER_URL']?.trim() ?? ''
  if (other !== '' && other !== issuer.url)
    throw fail('setting_invalid', {
      detail:
        'COUNTERSIGN_ISSUER_URL differs from the `url` that the application passes; commands and the application need the same one',
    })
}

const mounts = Symbol.for('@countersign/server mounts')

/**
 * Takes the origin of a URL in this process. Two servers of one origin would overwrite each other's cookies, which belong to the whole origin;
 * a second one of the same URL is an application that was loaded twice. Returns the function that frees it. Fails with `mount_taken`.
 */
function takeMount(url: string): () => void {
  const all = globalThis as { [mounts]?: Map<string, string> } // shared by all copies of this module, such as those of a bundler
  const taken = (all[mounts] ??= new Map())
  const { origin } = new URL(url)
  if (taken.has(origin))
    throw fail('mount_taken', { detail: taken.get(origin) === url ? same : another })
  taken.set(origin, url)
  return () => void taken.delete(origin)
}

const same =
  'it has the same `url`: create one, and share it between the modules of the application'
const another =
  'it has another path of the same origin, and cookies belong to the origin; give one of them a host name of its own'
