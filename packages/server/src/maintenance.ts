import { systemClock } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import { existsSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Config } from './config/settings.ts'
import { decrypt, type KeyEncryptionKeys } from './domain/kernel/encryption.ts'
import { bindsSigningKeys, rootSecret, rootSecretName } from './domain/kernel/root-secret.ts'
import { compareKeyRing, type RingComparison } from './domain/keys/compare-key-ring.ts'
import { Secret } from './domain/kernel/secret.ts'
import { askProviders, type ProviderState } from './identity-providers.ts'
import { hasSampleUser } from './domain/production/sample-user.ts'
import {
  assertUsable,
  certificateOf,
  databaseOf,
  developmentKeyFile,
  hasherOptionsOf,
  keyEncryptionKeysOf,
} from './policies.ts'
import type { Certificate } from './platform/net/certificate.ts'
import { parseHttpDate } from './platform/net/http-date.ts'
import { createPasswordHasher, peppersOf } from './platform/crypto/password-hasher.ts'
import { systemRandom } from './platform/crypto/random.ts'
import { systemStopwatch } from './platform/observability/stopwatch.ts'
import { backUpSqlite } from './store/sqlite/sqlite-backup.ts'
import { hasOtherPepper, inspectTables, type DatabaseReport } from './store/inspect-database.ts'
import { migrate, migrationState, statementsOf, type MigrationState } from './store/migrate.ts'
import type { ConnectionReport } from './store/postgres/inspect-connections.ts'
import { pgDumpCommand } from './store/postgres/postgres-backup.ts'
import { withDatabase } from './store/store.ts'
import { auditLogTable } from './store/tables/audit-log.ts'
import { assertServableState, findMoveWith } from './store/tables/moves.ts'
import { encryptedSecretsTable } from './store/tables/encrypted-secrets.ts'
import { signingKeysTable } from './store/tables/signing-keys.ts'
import { usersTable } from './store/tables/users.ts'

// The parts that commands need without a running server, and without side effects on the database.

export type { Certificate, ConnectionReport, DatabaseReport, MigrationState, ProviderState }
export { askProviders, assertUsable, certificateOf, parseHttpDate, statementsOf }

/** Returns the SQLite file; `undefined` for other databases. Check that it exists before opening it, which would create it. */
export function databaseFile({ database: { url } }: Config): string | undefined {
  return url.kind === 'sqlite' ? url.file : undefined
}

/** Inspects the database; returns `undefined` if its file does not exist yet. */
export async function inspectDatabase(config: Config): Promise<DatabaseReport | undefined> {
  const file = databaseFile(config)
  if (file !== undefined && !existsSync(file)) return undefined
  return withDatabase(databaseOf(config), (db) => inspectTables(db, config.database.url.kind))
}

/** Inspects the connections to PostgreSQL; undefined for SQLite, which has none. */
export async function connectionsOf(config: Config): Promise<ConnectionReport | undefined> {
  const database = databaseOf(config)
  if (database.kind === 'sqlite') return undefined
  const { inspectConnections } = await import('./store/postgres/inspect-connections.ts') // its driver is loaded only if needed
  return inspectConnections(database)
}

const empty = { kind: 'sqlite', file: ':memory:' } as const

/** Returns which migrations of this version are applied and which are pending. */
export async function migrationsOf(config: Config): Promise<MigrationState> {
  const file = databaseFile(config)
  const none = file !== undefined && !existsSync(file)
  return withDatabase(none ? empty : databaseOf(config), migrationState)
}

/** Applies the pending migrations, whatever `database.migrations` says; returns their names. */
export async function applyMigrations(config: Config): Promise<readonly string[]> {
  return withDatabase(databaseOf(config), migrate)
}

/** Returns the key-encryption keys of the settings, or development's own if it has been made; otherwise `undefined`. Fails with `setting_invalid`. */
export function existingKeys(config: Config): KeyEncryptionKeys | undefined {
  const own = config.mode === 'development' ? developmentKeyFile(config.database) : undefined
  const exists = config.keys.encryptionKey !== undefined || (own !== undefined && existsSync(own))
  return exists ? keyEncryptionKeysOf(config, systemRandom) : undefined
}

/** Compares key ring and audit log; `undefined` without a key-encryption key or a root secret, and before the keys have MACs. */
export async function compareKeys(config: Config): Promise<RingComparison | undefined> {
  const keys = existingKeys(config)
  return withDatabase(databaseOf(config), async (db) => {
    const encrypted = await encryptedSecretsTable(db).find(rootSecretName)
    if (!keys || encrypted === undefined) return undefined
    const text = decrypt(encrypted, keys, rootSecretName)
    if (!bindsSigningKeys(text)) return undefined
    const store = { signingKeys: signingKeysTable(db), auditLog: auditLogTable(db) }
    return compareKeyRing({ store, root: rootSecret(text), clock: systemClock })
  })
}

/** Returns whether the sample user can sign in. Fails with `pepper_missing`. */
export async function hasSampleUserIn(config: Config): Promise<boolean> {
  const hasher = createPasswordHasher(hasherOptionsOf(config))
  try {
    return await withDatabase(databaseOf(config), (db) =>
      hasSampleUser({ store: { users: usersTable(db) }, hasher }),
    )
  } finally {
    await hasher.close()
  }
}

/** Returns whether a password was hashed under a pepper that is not in the settings. */
export async function missesPepper(config: Config): Promise<boolean> {
  const ids = peppersOf(hasherOptionsOf(config)).map(([id]) => id)
  return withDatabase(databaseOf(config), (db) => hasOtherPepper(db, ids))
}

/** The outcome of a backup: it was made, or the command of the database's own tool makes it. */
export type Backup =
  | { readonly kind: 'made'; readonly bytes: number }
  | { readonly kind: 'command'; readonly command: string }

/**
 * Backs the database up into a new file, also while servers run on it. Fails with `backup_failed`, and with `database_moved` or `move_unfinished`: a
 * backup of a database that nothing writes any more would miss every later change.
 */
export async function backUp(
  config: Config,
  to: string,
  onProgress: (share: number) => void,
): Promise<Backup> {
  const { url } = config.database
  switch (url.kind) {
    case 'sqlite':
      if (existsSync(url.file)) await withDatabase(databaseOf(config), assertNotMoved)
      return { kind: 'made', bytes: await backUpSqlite(url.file, to, onProgress) }
    case 'postgres':
      return { kind: 'command', command: pgDumpCommand(url.url, to) }
  }
}

async function assertNotMoved(db: Parameters<typeof migrationState>[0]): Promise<void> {
  const { pending } = await migrationState(db)
  assertServableState((await findMoveWith(pending, db))?.state)
}

/** Measures how many seconds it takes to hash one password with the settings: the best of three. */
export async function measureHash(config: Config): Promise<Seconds> {
  const hasher = createPasswordHasher(hasherOptionsOf(config))
  const password = new Secret('a password of usual length')
  try {
    await hasher.hash(password) // starts a thread
    let best = Infinity
    for (let round = 0; round < 3; round++) {
      const took = systemStopwatch()
      await hasher.hash(password)
      best = Math.min(best, took())
    }
    return best
  } finally {
    await hasher.close()
  }
}

/** Returns the free bytes of the file system that holds a file. */
export function freeBytesAt(file: string): number {
  const { bavail, bsize } = statfsSync(dirname(file))
  return bavail * bsize
}

/** Returns how many files a process may open; `undefined` on systems without such a limit. Node raises its own to the hard limit. */
export function openFilesLimit(): number | undefined {
  const { userLimits } = process.report.getReport() as {
    readonly userLimits?: { readonly open_files: { readonly hard: number | 'unlimited' } }
  } // as the manual of Node lists it
  const hard = userLimits?.open_files.hard
  return hard === 'unlimited' ? undefined : hard
}

/** Returns the time of this machine. */
export const now = (): Seconds => systemClock.now()
