import { systemClock, type Clock } from '@countersign/token'
import { systemTimer } from '@countersign/token/internal'
import { assertSafe } from './config/safety.ts'
import { issuerUrlOf, type Config } from './config/settings.ts'
import { assertNotInProduction } from './domain/production/in-production.ts'
import { bindKeyRing } from './domain/keys/bind-key-ring.ts'
import { createVerificationRun } from './domain/audit-log/verification-run.ts'
import { createAttemptQueue } from './domain/limits/attempt-queue.ts'
import { createRingFollower } from './domain/keys/follow-key-ring.ts'
import { createClientDocuments } from './domain/clients/client-documents.ts'
import { createTrustedIssuers } from './domain/machines/trusted-issuers.ts'
import { limitHooks } from './domain/authentication/hooks.ts'
import { openIssuer } from './domain/keys/open-issuer.ts'
import {
  openRootSecret,
  type RootSecret,
  type RootSecretDeps,
} from './domain/kernel/root-secret.ts'
import type { ReplaceRootDeps } from './domain/keys/replace-lost-keys.ts'
import type { Metrics } from './domain/kernel/ports.ts'
import type { Runtime } from './runtime.ts'
import { createLiveStatusLists } from './domain/revocation/live-status-lists.ts'
import { createPublisher } from './domain/revocation/publish-status-list.ts'
import { createStatusFeed } from './domain/revocation/status-feed.ts'
import { createActivity } from './platform/observability/activity.ts'
import { createCommonPasswords } from './platform/crypto/common-passwords.ts'
import { createLog } from './platform/observability/log.ts'
import { noMetrics } from './platform/observability/metrics.ts'
import { identityProvidersOf } from './identity-providers.ts'
import { mailersOf } from './mailers.ts'
import { postLogoutToken } from './platform/net/post-logout-token.ts'
import { createDocumentFetcher } from './platform/net/fetch-document.ts'
import { zlibCompress } from './platform/net/compress.ts'
import { createPasswordHasher, withObservability } from './platform/crypto/password-hasher.ts'
import { databaseOf, hasherOptionsOf, keyEncryptionKeysOf, policiesOf } from './policies.ts'
import { totpCodes } from './platform/crypto/totp-codes.ts'
import { createWebAuthn } from './platform/crypto/web-authn.ts'
import { systemRandom } from './platform/crypto/random.ts'
import { systemStopwatch } from './platform/observability/stopwatch.ts'
import { createTracer, noTracer } from './platform/observability/traces.ts'
import type { Ports } from './server-interface.ts'
import type { StatementListener } from './store/statement-listener.ts'
import { createStore, type StoreOptions } from './store/store.ts'

/** The options of {@link openRuntime}. */
export interface OpenOptions {
  /** Opens the root secret, or replaces it. */
  readonly openRoot?: ((deps: RootSecretDeps & ReplaceRootDeps) => Promise<RootSecret>) | undefined
  /** With `false`, a missing database is not created: fails with `database_missing`. */
  readonly create?: boolean
  /** Opens the file of SQLite. */
  readonly openThread?: StoreOptions['openThread']
}

/**
 * Opens the store and the ports only, once the settings are found safe: what a command needs. It can sign nothing before its issuer
 * is reloaded.
 */
export async function openRuntime(
  config: Config,
  ports: Partial<Ports> = {},
  { openRoot = openRootSecret, ...opening }: OpenOptions = {},
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
  const url = issuerUrlOf(config)
  const policies = policiesOf(config, url)
  const services = { hooks: limitHooks(ports, timer), ...servicesOf(config, url, clock) }
  const store = await createStore(databaseOf(config), {
    onStatement: listenerOf({ metrics: ports.metrics ? metrics : noMetrics, tracer }),
    migrations: config.database.migrations,
    ...opening,
    refuseProduction: config.mode === 'development',
  })
  const hasher = withObservability(ports.hasher ?? createPasswordHasher(hasherOptionsOf(config)), {
    metrics,
    stopwatch,
    tracer,
    log,
  })
  const commonPasswords = createCommonPasswords()
  const outside = { clock, timer, random, log, metrics, activity, stopwatch, tracer }
  try {
    if (config.mode === 'development') await assertNotInProduction(store)
    const keyEncryptionKeys = given ?? keyEncryptionKeysOf(config, random) // development stores its own beside a database that it may use
    const base = { store, ...outside, ...services, policies, keyEncryptionKeys }
    const root = await openRoot(base)
    await bindKeyRing({ ...base, root })
    return withServices({ ...base, hasher, commonPasswords, root }, { url, ...ports })
  } catch (error) {
    await closeRuntime({ store, hasher, tracer })
    throw error
  }
}

/** Makes the services that need no store. */
function servicesOf(config: Config, url: string, clock: Clock) {
  return {
    attemptQueue: createAttemptQueue(),
    identityProviders: identityProvidersOf(config, clock),
    ...mailersOf(config, url),
    totpCodes,
    webAuthn: createWebAuthn(url, config.cors.origins),
  }
}

/** The ports and policies, before the services that are made of them. */
type RuntimeBase = Omit<
  Runtime,
  | 'issuer'
  | 'statusLists'
  | 'verificationRun'
  | 'compress'
  | 'publisher'
  | 'feed'
  | 'followKeys'
  | 'onMoved'
  | 'trustedIssuers'
  | 'postLogoutToken'
  | 'clientDocuments'
>

function withServices(
  base: RuntimeBase,
  {
    url,
    fetchDocument = createDocumentFetcher(),
    onMoved,
  }: { readonly url: string } & Partial<Pick<Ports, 'fetchDocument' | 'onMoved'>>,
): Runtime {
  const issuer = openIssuer({ url, ...base })
  const verificationRun = createVerificationRun(base)
  const statusLists = createLiveStatusLists(base, url)
  const trustedIssuers = createTrustedIssuers(base)
  const parts = {
    ...base,
    trustedIssuers,
    clientDocuments: createClientDocuments({ ...base, fetchDocument }),
    issuer,
    statusLists,
    verificationRun,
    compress: zlibCompress,
    postLogoutToken,
  }
  const feed = createStatusFeed(parts)
  const followKeys = createRingFollower({ ...parts, feed })
  return {
    ...parts,
    publisher: createPublisher(parts),
    feed,
    followKeys,
    onMoved: createOnMoved(base.log, feed, onMoved),
  }
}

/**
 * Creates the function that ends the feeds of guards once, because what this server knows of revocations is of the past: guards connect to the server
 * of the new database as soon as there is one.
 */
function createOnMoved(
  log: Runtime['log'],
  feed: Runtime['feed'],
  notify: (() => void) | undefined,
): () => void {
  let isKnown = false
  return () => {
    if (isKnown) return
    isKnown = true
    log.error({}, 'the database was moved to another one: set database.url, and start again')
    feed.close()
    notify?.()
  }
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
