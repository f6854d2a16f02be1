import { cookieNamesOf } from '@countersign/guard'
import { importSecret } from '@countersign/token'
import { startOfDay, type Seconds } from '@countersign/token/internal'
import { dirname, join } from 'node:path'
import { assertSafe } from './config/safety.ts'
import type { Config } from './config/settings.ts'
import { identityProvidersOf } from './identity-providers.ts'
import {
  parseKeyEncryptionKey,
  type KeyEncryptionKey,
  type KeyEncryptionKeys,
} from './domain/kernel/encryption.ts'
import type { Random } from './domain/kernel/ports.ts'
import type { Policies } from './runtime.ts'
import { Secret } from './domain/kernel/secret.ts'
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

// Maps settings to what the parts are built with: policies, database options, key-encryption keys. The only module that knows both sides.

/**
 * Refuses settings that no server can start with, because of the settings or of the files, keys and certificate that they name. Opens and creates
 * nothing. Fails as {@link assertSafe} does, and with `certificate_unusable`.
 */
export function assertUsable(config: Config, now: Seconds): void {
  assertSafe(config)
  if (config.mode === 'production') assertSecretFiles(config)
  const { encryptionKey } = config.keys
  if (encryptionKey) toKeyEncryptionKey(encryptionKey, 'keys.encryption_key')
  previousKeysOf(config)
  identityProvidersOf(config, { now: () => now })
  certificateOf(config, now)
  assertLegacyTokens(config, now)
}

const maxLegacyDays = 366 // as in the guard

function assertLegacyTokens({ tokens }: Config, now: Seconds): void {
  const { legacySecret: secret, legacyUntil: until } = tokens
  if (until !== undefined && (startOfDay(until) ?? Infinity) > now + maxLegacyDays * 86_400)
    throw fail('setting_invalid', { detail: 'tokens.legacy_until must be at most a year ahead' })
  try {
    if (secret) importSecret(secret.reveal(), 'HS256')
  } catch (cause) {
    const detail =
      'tokens.legacy_secret is too short or too simple for HS256, and could be guessed: its tokens cannot be honoured'
    throw fail('setting_invalid', { detail, cause })
  }
}

/** Refuses secrets in world-readable files. Fails with `setting_invalid`. */
export function assertSecretFiles({ secretFiles }: Pick<Config, 'secretFiles'>): void {
  const open = secretFiles.find(({ path }) => isWorldReadable(path))
  if (open)
    throw fail('setting_invalid', {
      detail: `the file of ${open.key} is readable by every user of this machine; run chmod 600 on it`,
    })
}

/** Returns the certificate files of the settings; `undefined` if a proxy terminates TLS. */
export function certificateFilesOf({ tls }: Config): CertificateFiles | undefined {
  const { certificateFile: certificate, keyFile: key } = tls
  return certificate === undefined || key === undefined ? undefined : { certificate, key } // both or neither: assertSafe
}

/** Reads the certificate of the settings; `undefined` if a proxy terminates TLS. Fails with `certificate_unusable`. */
export function certificateOf(config: Config, now: Seconds): Certificate | undefined {
  const files = certificateFilesOf(config)
  return files && readCertificate(files, now)
}

/** Returns the policies of the domain. */
export function policiesOf(config: Config, url: string): Policies {
  return {
    tokens: {
      audience: config.tokens.audience ?? url,
      lifetime: config.tokens.lifetime,
      type: config.tokens.type,
    },
    legacyTokens: legacyTokensOf(config),
    keys: {
      algorithms: config.keys.algorithms,
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
      minLengthWithFactor: config.passwords.minLengthWithFactor,
      serviceWords: ['countersign', new URL(url).hostname],
    },
    users: config.users,
    factors: config.factors,
    federation: { providers: Object.keys(config.federation) },
    revocation: config.revocation,
    clientDocuments: { hosts: config.oauth.clientMetadataDocuments },
    mail: {
      enabled: config.mail.host !== undefined || config.mode === 'development',
      signInCodes: config.mail.signInCodes,
      newDeviceNotices: config.mail.newDeviceNotices,
      language: config.mail.language,
    },
    limits: limitsOf(config),
  }
}

function legacyTokensOf({ tokens }: Config): Policies['legacyTokens'] {
  const { legacySecret: secret, legacyUntil: until, legacyClaim: claim, legacyLifetime } = tokens
  if (!secret || until === undefined) return undefined // both or neither: assertSafe
  return { secret, until, claim, lifetime: legacyLifetime }
}

function limitsOf({ limits }: Config): Policies['limits'] {
  const { attempts, changes, mails, freeAttempts: free, maxAttemptDelay: maxDelay } = limits
  return { attempts, changes, mails, attemptDelay: maxDelay === 0 ? null : { free, maxDelay } }
}

/** Returns the options of the HTTP edge. In production, a connection from this machine may come from a proxy that is not in the settings. */
export function edgeOf({ mode, proxy, cors, tls }: Config, url: string): MiddlewareOptions {
  const production = mode === 'production'
  const { addresses: proxies, header } = proxy
  return {
    addresses: createAddresses({ proxies, header, unknown: production ? loopback : [] }),
    ownOrigin: new URL(url).origin,
    origins: cors.origins,
    cookieNames: cookieNamesOf(url, {
      production: production || tls.certificateFile !== undefined,
    }),
    hsts: url.startsWith('https:') ? 'max-age=31536000' : undefined,
    production,
    // In development there is a well-known password, and no TLS certificate that would prove the host name.
    onlyHost: production ? undefined : new URL(url).hostname,
  }
}

/** Returns the options of the password hasher. */
export function hasherOptionsOf({ passwords }: Config): HasherOptions {
  return {
    memoryKiB: passwords.hashMemory,
    passes: passwords.hashPasses,
    parallelism: passwords.hashParallelism,
    pepper: passwords.pepper,
    previousPeppers: passwords.previousPeppers ?? [],
  }
}

/** Returns the database and its options. */
export function databaseOf({
  database: { url, ...options },
  revocation,
}: Pick<Config, 'database' | 'revocation'>): Database {
  const notify = revocation.notify === 'on'
  const { poolSize, listenUrl, readUrl, preparedStatements } = options
  return url.kind === 'postgres'
    ? { ...url, poolSize, listenUrl, readUrl, preparedStatements, notify }
    : url
}

/** Returns the key-encryption keys. Only development has none in the settings, and gets its own: in production `assertSafe` has refused. */
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

/** Reads or makes development's key-encryption key. */
function developmentSecret(database: Config['database'], random: Random): Secret {
  const path = developmentKeyFile(database)
  if (path === undefined) return new Secret(random.bytes(32).toString('base64'))
  return developmentKey(path, random)
}

/** Returns the file of development's key-encryption key, beside the database; for PostgreSQL, at the default path. None in memory. */
export function developmentKeyFile({ url }: Config['database']): string | undefined {
  const file = url.kind === 'sqlite' ? url.file : 'data/development.db'
  return file === ':memory:' ? undefined : join(dirname(file), 'key-encryption-key')
}
