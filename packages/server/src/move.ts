// Moves the database of the settings to another one, for a command.
import { systemClock } from '@countersign/token'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Config } from './config/settings.ts'
import { recordEvents } from './domain/audit-log/record-event.ts'
import { decrypt } from './domain/kernel/encryption.ts'
import { rootSecret, rootSecretName, type RootSecret } from './domain/kernel/root-secret.ts'
import { fail } from './failures.ts'
import { databaseFile, existingKeys } from './maintenance.ts'
import { systemRandom } from './platform/crypto/random.ts'
import { databaseOf } from './policies.ts'
import { migrationState } from './store/migrate.ts'
import {
  cancelMove,
  moveDatabase,
  planMove,
  targetIsSource,
  type MovedRows,
  type MoveProgress,
} from './store/move/move-database.ts'
import { withDatabase } from './store/store.ts'
import { auditLogTable } from './store/tables/audit-log.ts'
import { encryptedSecretsTable } from './store/tables/encrypted-secrets.ts'
import { locksTable } from './store/tables/locks.ts'

export type { MovedRows, MoveProgress }

type Connection = Parameters<typeof moveDatabase>[0]

/** The options of {@link moveTo}. */
export interface MoveCommand {
  readonly to: Config['database']['url']
  readonly onProgress: (progress: MoveProgress) => void
}

/**
 * Moves the database of the settings to another one, also while servers use it. Fails as `moveDatabase` of the store does, with `database_missing`, and with `decryption_failed`
 * if the key-encryption key of the settings is not that of the database.
 */
export async function moveTo(config: Config, { to, onProgress }: MoveCommand): Promise<MovedRows> {
  assertOther(config, to)
  return withSource(config, async (source) => {
    const root = await rootIn(config, source)
    const now = systemClock.now()
    const deps = { clock: systemClock, random: systemRandom }
    const record = async (tx: Connection) => {
      const facts = { from: config.database.url.kind, to: to.kind }
      const tables = { auditLog: auditLogTable(tx, 0), ...locksTable(tx) }
      if (root) await recordEvents({ ...deps, root }, tables, { type: 'database_moved', facts })
    }
    const owner = systemRandom.bytes(16).toString('base64url')
    return withDatabase(targetOf(config, to), (target) =>
      moveDatabase(source, target, { owner, now, record, onProgress }),
    )
  })
}

/** Returns the number of rows of each table that a move would copy, once both databases are checked. Changes nothing. Fails as {@link moveTo} does. */
export async function planMoveTo(config: Config, to: MoveCommand['to']): Promise<MovedRows> {
  assertOther(config, to)
  return withSource(config, async (source) => {
    await rootIn(config, source)
    const isMissing = to.kind === 'sqlite' && !existsSync(to.file)
    const target = isMissing
      ? ({ kind: 'sqlite', file: ':memory:' } as const)
      : targetOf(config, to)
    return withDatabase(target, (db) => planMove(source, db))
  })
}

/** Cancels a move from the database of the settings; returns whether there was one. Fails with `database_moved` and `database_missing`. */
export async function cancelMoveFrom(config: Config): Promise<boolean> {
  return withSource(config, cancelMove)
}

/** Fails with `move_target_not_empty` if the settings name the target. Other spellings of its URL are found in the databases. */
function assertOther({ database }: Config, to: MoveCommand['to']): void {
  if (placeOf(database.url) === placeOf(to)) throw targetIsSource()
}

/** Returns what a URL names, without its password. */
function placeOf(url: MoveCommand['to']): string {
  if (url.kind === 'sqlite') return resolve(url.file)
  const text = url.url.reveal().replace(/^postgresql:/, 'postgres:')
  return text.replace(/^(\w+:\/\/[^:/@]*):[^/]*@/, '$1@')
}

function targetOf({ database, revocation }: Config, url: MoveCommand['to']) {
  return databaseOf({ revocation, database: { ...database, url } })
}

async function withSource<T>(config: Config, work: (db: Connection) => Promise<T>): Promise<T> {
  const file = databaseFile(config)
  if (file !== undefined && !existsSync(file))
    throw fail('database_missing', {
      detail: `the file ${file} does not exist; check database.url`,
    })
  return withDatabase(databaseOf(config), work)
}

/** Returns the root secret of a database; `undefined` before its first server, and if migrations are pending. Fails with `decryption_failed`. */
async function rootIn(config: Config, db: Connection): Promise<RootSecret | undefined> {
  if ((await migrationState(db)).pending.length > 0) return undefined
  const encrypted = await encryptedSecretsTable(db).find(rootSecretName)
  const keys = existingKeys(config)
  if (encrypted === undefined) return undefined
  if (!keys) throw fail('setting_missing', { detail: 'keys.encryption_key' })
  return rootSecret(decrypt(encrypted, keys, rootSecretName))
}
