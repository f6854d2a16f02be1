import { isCountersignError } from '@countersign/token'
import { existsSync, statSync } from 'node:fs'
import type { Config } from '../../config/settings.ts'
import type { EncryptedItem } from '../../domain/kernel/encrypted-secrets.ts'
import {
  certificateOf,
  compareKeys,
  connectionsOf,
  databaseFile,
  existingKeys,
  freeBytesAt,
  hasSampleUserIn,
  measureHash,
  missesPepper,
  now,
  openFilesLimit,
  type DatabaseReport,
} from '../../maintenance.ts'
import {
  assessDurability,
  assessMove,
  assessNotifications,
  assessStandbys,
  assessWrites,
} from './assess-database.ts'
import { assessKeySet, assessRing } from './assess-keys.ts'
import {
  assessCertificate,
  assessDisk,
  assessHash,
  assessKeyRing,
  assessLog,
  assessMigrations,
  assessMode,
  assessOpenFiles,
  assessProxy,
  assessPeppers,
  assessSampleUser,
  assessEncryption,
  assessFactors,
  assessSettings,
  assessSkew,
  type Finding,
} from './assessments.ts'
import { checkIssuer } from './check-issuer.ts'
import { checkProviders } from './check-providers.ts'

// The checks of `countersign doctor`: each collects facts about the installation; the functions of assessments.ts decide what they mean.

/** The installation that is checked: its settings and its database. */
export interface Installation {
  readonly config: Config
  /** Undefined while there is no database. */
  readonly database: DatabaseReport | undefined
}

/** One check. It has no findings if it does not apply to this server. */
export interface Check {
  readonly name: string
  run(installation: Installation): Promise<readonly Finding[]> | readonly Finding[]
}

/** Every check, in the order in which they are reported. */
export const checks: readonly Check[] = [
  { name: 'settings', run: ({ config }) => [assessSettings(config)] },
  { name: 'files', run: ({ config }) => secretFiles(config).map(assessFile) },
  {
    name: 'migrations',
    run: ({ database }) => (database ? [assessMigrations(database.migrations)] : [noDatabase]),
  },
  { name: 'move', run: ({ database }) => (database ? assessMove(database) : []) },
  { name: 'writes', run: ({ database }) => (database ? [assessWrites(database)] : []) },
  { name: 'durability', run: ({ database }) => (database ? [assessDurability(database)] : []) },
  { name: 'standbys', run: ({ database }) => (database ? assessStandbys(database) : []) },
  { name: 'notifications', run: (installation) => notifications(installation) },
  {
    name: 'database clock',
    run: ({ database }) =>
      database?.clock === undefined ? [] : [assessSkew(database.clock, now(), 1)],
  },
  {
    name: 'signing keys',
    run: ({ database, config }) => (database ? assessRing(database.ring, now(), config.keys) : []),
  },
  {
    name: 'key set',
    run: ({ database }) => (database ? assessKeySet(database.ring, now()) : []),
  },
  {
    name: 'key ring',
    run: (installation) =>
      whenMigrated(installation, async ({ config }) =>
        assessKeyRing(await compareKeys(config).catch(ifUnreadable)),
      ),
  },
  {
    name: 'encryption',
    run: ({ database, config }) => encryption(config, database?.encrypted ?? []),
  },
  {
    name: 'sample user',
    run: (installation) =>
      whenMigrated(installation, async ({ config }) =>
        assessSampleUser(await hasSampleUserIn(config), config.mode),
      ),
  },
  {
    name: 'peppers',
    run: (installation) =>
      whenMigrated(installation, async ({ config }) => assessPeppers(await missesPepper(config))),
  },
  { name: 'second factors', run: ({ config }) => [assessFactors(config)] },
  { name: 'disk', run: ({ config }) => diskOf(config) },
  { name: 'open files', run: ({ config }) => openFiles(config) },
  { name: 'proxy', run: ({ config }) => [assessProxy(config)] },
  { name: 'certificate', run: ({ config }) => certificate(config) },
  { name: 'issuer', run: ({ config }) => checkIssuer(config.issuer.url) },
  { name: 'identity providers', run: ({ config }) => checkProviders(config) },
  { name: 'password hash', run: async ({ config }) => [assessHash(await measureHash(config))] },
  { name: 'log', run: ({ config }) => [assessLog(config.log.level)] },
]

const noDatabase: Finding = {
  verdict: 'warn',
  found: 'the database file does not exist yet',
  advice: 'a server makes it when it starts; check that database.url is right',
}

/** None where no server listens, and none on a database that cannot be written: nothing is sent there. */
async function notifications({ config, database }: Installation): Promise<readonly Finding[]> {
  const sends = database && database.readOnly === undefined
  if (!sends || config.revocation.notify === 'off') return []
  try {
    const report = await connectionsOf(config)
    return report ? [assessNotifications(report)] : []
  } catch (error) {
    return [faultOf(error, 'check database.listen_url, or database.url where it is not set')]
  }
}

function encryption(config: Config, items: readonly EncryptedItem[]): readonly Finding[] {
  try {
    const keys = existingKeys(config)
    return keys && items.length > 0 ? [assessEncryption(items, keys)] : []
  } catch (error) {
    return [faultOf(error, 'servers refuse to start until it is fixed')]
  }
}

/** The check of the encryption reports secrets that cannot be read. */
function ifUnreadable(error: unknown): undefined {
  if (!isCountersignError(error)) throw error
}

/** A finding that needs to read tables: none while migrations are pending. */
async function whenMigrated(
  installation: Installation,
  assess: (installation: Installation) => Promise<Finding>,
): Promise<readonly Finding[]> {
  if (installation.database?.migrations.pending.length !== 0) return []
  return [await assess(installation)]
}

/** Runs a check. One that fails is a finding: the others must be reported too. */
export async function runCheck(
  { run }: Check,
  installation: Installation,
): Promise<readonly Finding[]> {
  try {
    return await run(installation)
  } catch (error) {
    return [faultOf(error, 'see docs/reference/failures.md')]
  }
}

function faultOf(error: unknown, advice: string): Finding {
  if (!isCountersignError(error)) throw error
  return { verdict: 'fail', found: error.message, advice }
}

/** Files that hold secrets: those that settings name, the settings file itself, and the database. */
function secretFiles(config: Config): readonly string[] {
  const named = config.secretFiles.map(({ path }) => path)
  const all = [...named, config.tls.keyFile, databaseFile(config)]
  return [...new Set(all)].filter((path) => path !== undefined && existsSync(path)) as string[]
}

function assessFile(path: string): Finding {
  return assessMode(path, statSync(path).mode)
}

function diskOf(config: Config): readonly Finding[] {
  const file = databaseFile(config)
  return file !== undefined && existsSync(file) ? [assessDisk(freeBytesAt(file))] : []
}

function openFiles(config: Config): readonly Finding[] {
  const limit = openFilesLimit()
  return limit === undefined ? [] : [assessOpenFiles(limit, config)]
}

function certificate(config: Config): readonly Finding[] {
  try {
    const served = certificateOf(config, now())
    const { hostname } = new URL(config.issuer.url ?? 'https://localhost')
    return served ? [assessCertificate(served, hostname, now())] : []
  } catch (error) {
    return [faultOf(error, 'servers refuse to start until it is fixed')]
  }
}
