import { systemClock, type Seconds } from '@countersign/token'
import { existsSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Config } from './config/settings.ts'
import type { KeyEncryptionKeys } from './domain/kernel/encryption.ts'
import { Secret } from './domain/kernel/secret.ts'
import { hasSampleUser } from './domain/production/sample-user.ts'
import {
  assertUsable,
  certificateOf,
  databaseOf,
  hasherOptionsOf,
  keyEncryptionKeysOf,
} from './policies.ts'
import type { Certificate } from './platform/net/certificate.ts'
import { parseHttpDate } from './platform/net/http-date.ts'
import { createPasswordHasher, peppersOf } from './platform/crypto/password-hasher.ts'
import { systemRandom } from './platform/crypto/random.ts'
import { systemStopwatch } from './platform/observability/stopwatch.ts'
import { backUpSqlite } from './store/sqlite/sqlite-backup.ts'
import { hasOtherPepper, inspect, type DatabaseReport } from './store/inspect.ts'
import { migrate, migrationState, statementsOf, type MigrationState } from './store/migrate.ts'
import { pgDumpCommand } from './store/postgres/postgres-backup.ts'
import { withDatabase } from './store/store.ts'
import { usersTable } from './store/tables/users.ts'

// What commands ask of the parts where no server runs and nothing may be changed by the way.

export type { Certificate, DatabaseReport, MigrationState }
export { assertUsable, certificateOf, parseHttpDate, statementsOf }

/** The SQLite file, or nothing where there is none: to open one would make it. */
export function databaseFile({ database: { url } }: Config): string | undefined {
  return url.kind === 'sqlite' ? url.file : undefined
}

/** ChangeSubscribers at the database; nothing where its file does not exist yet. */
export async function inspectDatabase(config: Config): Promise<DatabaseReport | undefined> {
  const file = databaseFile(config)
  if (file !== undefined && !existsSync(file)) return undefined
  return withDatabase(databaseOf(config), (db) => inspect(db, config.database.url.kind))
}

const empty = { kind: 'sqlite', file: ':memory:' } as const

/** How the database stands to the migrations of this version. */
export async function migrationsOf(config: Config): Promise<MigrationState> {
  const file = databaseFile(config)
  const none = file !== undefined && !existsSync(file)
  return withDatabase(none ? empty : databaseOf(config), migrationState)
}

/** Does what is pending, whatever database.migrations says; answers the names. */
export async function applyMigrations(config: Config): Promise<readonly string[]> {
  return withDatabase(databaseOf(config), migrate)
}

/** The key-encryption keys that are given; nothing where there is none. Fails with `setting_invalid`. */
export function givenKeys(config: Config): KeyEncryptionKeys | undefined {
  return config.keys.encryptionKey && keyEncryptionKeysOf(config, systemRandom)
}

/** Whether the sample user can sign in. Fails with `pepper_missing`. */
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

/** Whether a password was hashed under a pepper that is not given. */
export async function missesPepper(config: Config): Promise<boolean> {
  const ids = peppersOf(hasherOptionsOf(config)).map(([id]) => id)
  return withDatabase(databaseOf(config), (db) => hasOtherPepper(db, ids))
}

/** How a database is backed up: here, or by a command of its own. */
export type Backup =
  | { readonly kind: 'made'; readonly bytes: number }
  | { readonly kind: 'elsewhere'; readonly command: string }

/** Backs the database up into a new file, whether servers run on it or not. Fails with `backup_failed`. */
export async function backUp(
  { database: { url } }: Config,
  to: string,
  onProgress: (share: number) => void,
): Promise<Backup> {
  switch (url.kind) {
    case 'sqlite':
      return { kind: 'made', bytes: await backUpSqlite(url.file, to, onProgress) }
    case 'postgres':
      return { kind: 'elsewhere', command: pgDumpCommand(url.url, to) }
  }
}

/** How many seconds it takes to hash one password as the settings say, at the best of three. */
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

/** The bytes that are free where a file lies. */
export function freeBytesAt(file: string): number {
  const { bavail, bsize } = statfsSync(dirname(file))
  return bavail * bsize
}

/** How many files a process that is started from here may open; nothing on systems that know no such limit. Node raises its own to the hard one. */
export function openFilesLimit(): number | undefined {
  const { userLimits } = process.report.getReport() as {
    readonly userLimits?: { readonly open_files: { readonly hard: number | 'unlimited' } }
  } // as the manual of Node lists it
  const hard = userLimits?.open_files.hard
  return hard === 'unlimited' ? undefined : hard
}

/** The time by this machine. */
export const now = (): Seconds => systemClock.now()
