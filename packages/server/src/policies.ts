import type { Seconds } from '@countersign/token/internal'
import { dirname, join } from 'node:path'
import { assertSafe } from './config/safety.ts'
import type { Config } from './config/settings.ts'
import {
  parseKeyEncryptionKey,
  type KeyEncryptionKey,
  type KeyEncryptionKeys,
} from './domain/kernel/encryption.ts'
import type { Random } from './domain/kernel/ports.ts'
import type { Policies } from './domain/runtime.ts'
import { Secret } from './domain/kernel/secret.ts'
import type { CustomClaims } from './domain/authentication/access-token.ts'
import { fail } from './failures.ts'
import { createAddresses, loopback } from './http/client-address/client-address.ts'
import type { MiddlewareOptions } from './http/pipeline/middleware.ts'
import {
  readCertificate,
  type Certificate,
  type CertificateFiles,
} from './platform/net/certificate.ts'
import { developmentKey } from './platform/crypto/key-file.ts'
import { isWorldReadable } from './platform/crypto/world-readable.ts'
import type { HasherOptions } from './platform/crypto/password-hasher.ts'
import type { Database } from './store/store.ts'

// From settings to what the parts are made with: the only place that knows both.

/**
 * Refuses settings that no server starts with: by themselves, or for the files, the keys and the certificate that they name. Opens and makes nothing. Fails as
 * {@link assertSafe} does, and with `certificate_unusable`.
 */
export function assertUsable(config: Config, now: Seconds): void {
  assertSafe(config)
  if (config.mode === 'production') assertSecretFiles(config)
  const { encryptionKey } = config.keys
  if (encryptionKey) toKeyEncryptionKey(encryptionKey, 'keys.encryption_key')
  previousKeysOf(config)
  certificateOf(config, now)
}

/** Refuses secrets in files that everybody on this machine can read. Fails with `setting_invalid`. */
export function assertSecretFiles({ secretFiles }: Pick<Config, 'secretFiles'>): void {
  const open = secretFiles.find(({ path }) => isWorldReadable(path))
  if (open)
    throw fail('setting_invalid', {
      detail: `everybody on this machine can read the file that holds ${open.key}; chmod 600 it`,
    })
}

/** The files of the certificate to serve with; none where somebody else ends TLS. */
export function certificateFilesOf({ tls }: Config): CertificateFiles | undefined {
  const { certificateFile: certificate, keyFile: key } = tls
  return certificate === undefined || key === undefined ? undefined : { certificate, key } // both or neither: assertSafe
}

/** The certificate to serve with; none where somebody else ends TLS. Fails with `certificate_unusable`. */
export function certificateOf(config: Config, now: Seconds): Certificate | undefined {
  const files = certificateFilesOf(config)
  return files && readCertificate(files, now)
}

/** The rules that the settings make. */
export function policiesOf(config: Config, url: string, customClaims: CustomClaims): Policies {
  return {
    tokens: {
      audience: config.tokens.audience ?? url,
      lifetime: config.tokens.lifetime,
      customClaims,
    },
    keys: {
      algorithm: config.keys.algorithm,
      rotationPeriod: config.keys.rotationPeriod,
      publicationLead: config.keys.publicationLead,
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
    revocation: config.revocation,
    limits: limitsOf(config),
  }
}

function limitsOf({ limits }: Config): Policies['limits'] {
  const { attempts, changes, freeAttempts: free, maxAttemptDelay: maxDelay } = limits
  return { attempts, changes, guesses: maxDelay === 0 ? null : { free, maxDelay } }
}

/** How the server meets the world. In production whoever connects from this machine may be a proxy that nobody declared. */
export function edgeOf({ mode, proxy, cors }: Config, url: string): MiddlewareOptions {
  const production = mode === 'production'
  const { addresses: proxies, header } = proxy
  return {
    addresses: createAddresses({ proxies, header, unknown: production ? loopback : [] }),
    ownOrigin: new URL(url).origin,
    origins: cors.origins,
    hsts: url.startsWith('https:') ? 'max-age=31536000' : undefined,
    production,
    // In development there is a password that everybody knows, and no TLS whose names would be checked.
    onlyHost: production ? undefined : new URL(url).hostname,
  }
}

/** How passwords are hashed. */
export function hasherOptionsOf({ passwords }: Config): HasherOptions {
  return {
    memoryKiB: passwords.hashMemory,
    passes: passwords.hashPasses,
    parallelism: passwords.hashParallelism,
    pepper: passwords.pepper,
    previousPeppers: passwords.previousPeppers ?? [],
  }
}

/** Which database, and how. */
export function databaseOf({ database: { url, poolSize } }: Config): Database {
  return url.kind === 'postgres' ? { ...url, poolSize } : url
}

/** Only development comes without one: in production `assertSafe` has refused. */
export function keyEncryptionKeysOf({ keys, database }: Config, random: Random): KeyEncryptionKeys {
  const current = keys.encryptionKey ?? developmentSecret(database, random)
  return {
    current: toKeyEncryptionKey(current, 'keys.encryption_key'),
    others: previousKeysOf({ keys }),
  }
}

function previousKeysOf({ keys }: Pick<Config, 'keys'>): readonly KeyEncryptionKey[] {
  return keys.previousEncryptionKeys.map((secret) =>
    toKeyEncryptionKey(secret, 'each of keys.previous_encryption_keys'),
  )
}

function toKeyEncryptionKey(secret: Secret, name: string): KeyEncryptionKey {
  const key = parseKeyEncryptionKey(secret)
  if (key) return key
  throw fail('setting_invalid', {
    detail: `${name} must be 32 bytes in base64, from \`openssl rand -base64 32\``,
  })
}

/** Beside the database's file; for PostgreSQL, where that file would be by default. */
function developmentSecret({ url }: Config['database'], random: Random): Secret {
  const file = url.kind === 'sqlite' ? url.file : 'data/development.db'
  if (file === ':memory:') return new Secret(random.bytes(32).toString('base64'))
  return developmentKey(join(dirname(file), 'key-encryption-key'), random)
}
