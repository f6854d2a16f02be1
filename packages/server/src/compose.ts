import { systemClock, type Clock } from '@countersign/token'
import { isIPv6 } from 'node:net'
import { dirname, join } from 'node:path'
import { assertSafe } from './config/safety.ts'
import type { Config } from './config/settings.ts'
import { ensureSigningKey } from './domain/keys/ensure-signing-key.ts'
import { openIssuer } from './domain/keys/issuer.ts'
import { parseKeyEncryptionKey, type KeyEncryptionKey } from './domain/keys/seal.ts'
import type { Log, PasswordHasher, Random } from './domain/ports.ts'
import type { Policies, Runtime } from './domain/runtime.ts'
import { Secret } from './domain/secret.ts'
import type { CustomClaims } from './domain/tokens/access-token.ts'
import { assertNoSampleUser, seedSampleUser } from './domain/users/sample-user.ts'
import { fail } from './failures.ts'
import { mount } from './http/mount.ts'
import { developmentRoutes, routes } from './http/routes.ts'
import { createCommonPasswords } from './ports/common-passwords.ts'
import { developmentKey } from './ports/key-file.ts'
import { listen, type Listener } from './ports/listener.ts'
import { createLog } from './ports/log.ts'
import { createPasswordHasher, type HasherOptions } from './ports/password-hasher.ts'
import { systemRandom } from './ports/random.ts'
import { createStore, type Database } from './store/store.ts'

/** The world outside, each part replaceable by another real one. */
export interface Ports {
  readonly clock: Clock
  readonly random: Random
  readonly hasher: PasswordHasher
  readonly log: Log
  /** What access tokens say beyond what this server writes itself; nothing by default. */
  readonly customClaims: CustomClaims
}

/** The auth server: a fetch handler to mount anywhere, and a listener of its own. */
export interface Server extends AsyncDisposable {
  fetch(request: Request): Promise<Response>
  /** Listens on the configured host and port. Fails with `port_taken`. */
  listen(): Promise<{ readonly url: string }>
  close(): Promise<void>
}

/**
 * Joins the real parts to a server: checks that the settings are safe, opens the database, makes the first signing key
 * unless there is one, and mounts the routes. The caller closes it, and with it the ports that it was given.
 */
export async function createServer(config: Config, ports: Partial<Ports> = {}): Promise<Server> {
  assertSafe(config)
  const runtime = await openRuntime(config, ports)
  try {
    if (config.mode === 'development') await seedSampleUser(runtime)
    else await assertNoSampleUser(runtime)
  } catch (error) {
    await closeRuntime(runtime)
    throw error
  }
  const development = config.mode === 'development'
  const app = mount(development ? [...routes, ...developmentRoutes] : routes, runtime, {
    strict: development,
  })
  const fetch = async (request: Request) => app.fetch(request)
  let listener: Listener | undefined
  const close = async () => {
    await listener?.close()
    await closeRuntime(runtime)
  }
  return {
    fetch,
    async listen() {
      listener = await listen(fetch, config.http)
      const { host, port } = config.http
      return { url: `http://${isIPv6(host) ? `[${host}]` : host}:${port}` }
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Opens the store and the ports alone: what a command needs that changes something while no server runs. */
export async function openRuntime(config: Config, ports: Partial<Ports> = {}): Promise<Runtime> {
  const { clock = systemClock, random = systemRandom } = ports
  const log =
    ports.log ?? createLog({ level: config.log.level, readable: config.mode === 'development' })
  const keyEncryptionKey = keyEncryptionKeyOf(config, random)
  const url = config.issuer.url ?? `http://localhost:${config.http.port}`
  const policies: Policies = {
    tokens: {
      audience: config.tokens.audience ?? url,
      lifetime: config.tokens.lifetime,
      customClaims: ports.customClaims ?? (() => ({})),
    },
    sessions: {
      idleLifetime: config.sessions.idleLifetime,
      lifetime: config.sessions.lifetime,
      grace: config.sessions.refreshGrace,
    },
    passwords: {
      minLength: config.passwords.minLength,
      serviceWords: ['countersign', new URL(url).hostname],
    },
    users: config.users,
  }
  const store = await createStore(databaseOf(config))
  const hasher = ports.hasher ?? createPasswordHasher(hasherOptionsOf(config))
  const commonPasswords = createCommonPasswords()
  try {
    await ensureSigningKey({ store, clock, random }, 'ES256', keyEncryptionKey)
    const keys = await store.signingKeys.list()
    const issuer = openIssuer({ url, keys, keyEncryptionKey, tokens: policies.tokens, clock })
    return { store, clock, random, hasher, commonPasswords, log, issuer, policies }
  } catch (error) {
    await closeRuntime({ store, hasher })
    throw error
  }
}

/** Closes what {@link openRuntime} opened. */
export async function closeRuntime({
  store,
  hasher,
}: Pick<Runtime, 'store' | 'hasher'>): Promise<void> {
  await hasher.close()
  await store.close()
}

function keyEncryptionKeyOf({ mode, keys, database }: Config, random: Random): KeyEncryptionKey {
  const secret =
    keys.encryptionKey ?? (mode !== 'development' ? undefined : developmentSecret(database, random))
  if (!secret)
    throw fail('setting_missing', {
      detail: 'keys.encryption_key; make one with `openssl rand -base64 32`',
    })
  const key = parseKeyEncryptionKey(secret)
  if (key) return key
  throw fail('setting_invalid', {
    detail: 'keys.encryption_key must be 32 bytes in base64, from `openssl rand -base64 32`',
  })
}

function hasherOptionsOf({ passwords }: Config): HasherOptions {
  return {
    memoryKiB: passwords.hashMemory,
    passes: passwords.hashPasses,
    parallelism: passwords.hashParallelism,
    pepper: passwords.pepper,
    previousPeppers: passwords.previousPeppers ?? [],
  }
}

function databaseOf({ database: { url, poolSize } }: Config): Database {
  return url.kind === 'postgres' ? { ...url, poolSize } : url
}

/** Beside the database's file; for PostgreSQL, where that file would be by default. */
function developmentSecret({ url }: Config['database'], random: Random): Secret {
  const file = url.kind === 'sqlite' ? url.file : 'data/development.db'
  if (file === ':memory:') return new Secret(random.bytes(32).toString('base64'))
  return developmentKey(join(dirname(file), 'key-encryption-key'), random)
}
