import { isCountersignError } from '@countersign/token'
import { existsSync, statSync } from 'node:fs'
import type { Config } from '../../config/settings.ts'
import type { EncryptedItem } from '../../domain/kernel/encrypted-secrets.ts'
import {
  certificateOf,
  databaseFile,
  freeBytesAt,
  givenKeys,
  hasSampleUserIn,
  measureHash,
  missesPepper,
  now,
  openFilesLimit,
  parseHttpDate,
  type DatabaseReport,
} from '../../maintenance.ts'
import {
  judgeCertificate,
  judgeDisk,
  judgeDurability,
  judgeHash,
  judgeLog,
  judgeMigrations,
  judgeMode,
  judgeOpenFiles,
  judgeProxy,
  judgePeppers,
  judgeRing,
  judgeSampleUser,
  judgeEncryption,
  judgeSettings,
  judgeSkew,
  type Finding,
} from './judgments.ts'

/** What the doctor looks at. */
export interface Patient {
  readonly config: Config
  /** Nothing before there is a database. */
  readonly database: DatabaseReport | undefined
}

/** One thing that the doctor looks at; nothing where it is no matter of this server. */
export interface Check {
  readonly name: string
  look(patient: Patient): Promise<readonly Finding[]> | readonly Finding[]
}

/** Every check, in the order in which they are told. */
export const checks: readonly Check[] = [
  { name: 'settings', look: ({ config }) => [judgeSettings(config)] },
  { name: 'files', look: ({ config }) => secretFiles(config).map(judgeFile) },
  {
    name: 'migrations',
    look: ({ database }) => (database ? [judgeMigrations(database.migrations)] : [noDatabase]),
  },
  { name: 'durability', look: ({ database }) => (database ? [judgeDurability(database)] : []) },
  {
    name: 'database clock',
    look: ({ database }) =>
      database?.clock === undefined ? [] : [judgeSkew(database.clock, now(), 1)],
  },
  {
    name: 'signing keys',
    look: ({ database, config }) =>
      database ? [judgeRing(database.ring, now(), config.keys)] : [],
  },
  { name: 'sealed', look: ({ database, config }) => seals(config, database?.sealed ?? []) },
  {
    name: 'sample user',
    look: (patient) =>
      told(patient, async ({ config }) => judgeSampleUser(await hasSampleUserIn(config))),
  },
  {
    name: 'peppers',
    look: (patient) =>
      told(patient, async ({ config }) => judgePeppers(await missesPepper(config))),
  },
  { name: 'disk', look: ({ config }) => diskOf(config) },
  { name: 'open files', look: ({ config }) => openFiles(config) },
  { name: 'proxy', look: ({ config }) => [judgeProxy(config)] },
  { name: 'certificate', look: ({ config }) => certificate(config) },
  { name: 'issuer', look: ({ config }) => issuer(config) },
  { name: 'password hash', look: async ({ config }) => [judgeHash(await measureHash(config))] },
  { name: 'log', look: ({ config }) => [judgeLog(config.log.level)] },
]

const noDatabase: Finding = {
  verdict: 'warn',
  found: 'there is no database file yet',
  advice: 'the first server that starts makes it; is database.url right?',
}

function seals(config: Config, sealed: readonly EncryptedItem[]): readonly Finding[] {
  try {
    const keys = givenKeys(config)
    return keys && sealed.length > 0 ? [judgeEncryption(sealed, keys)] : []
  } catch (error) {
    return [faultOf(error, 'servers do not start with it')]
  }
}

/** A finding in the tables, once they are up to date. */
async function told(
  patient: Patient,
  judge: (patient: Patient) => Promise<Finding>,
): Promise<readonly Finding[]> {
  if (patient.database?.migrations.pending.length !== 0) return []
  return [await judge(patient).catch((error: unknown) => faultOf(error, 'see the failures'))]
}

function faultOf(error: unknown, advice: string): Finding {
  if (!isCountersignError(error)) throw error
  return { verdict: 'fail', found: error.message, advice }
}

/** Files that hold secrets: those that settings name, the settings' own, and the database. */
function secretFiles(config: Config): readonly string[] {
  const named = config.secretFiles.map(({ path }) => path)
  const all = [...named, config.tls.keyFile, databaseFile(config)]
  return [...new Set(all)].filter((path) => path !== undefined && existsSync(path)) as string[]
}

function judgeFile(path: string): Finding {
  return judgeMode(path, statSync(path).mode)
}

function diskOf(config: Config): readonly Finding[] {
  const file = databaseFile(config)
  return file !== undefined && existsSync(file) ? [judgeDisk(freeBytesAt(file))] : []
}

function openFiles(config: Config): readonly Finding[] {
  const limit = openFilesLimit()
  return limit === undefined ? [] : [judgeOpenFiles(limit, config)]
}

function certificate(config: Config): readonly Finding[] {
  try {
    const served = certificateOf(config, now())
    const { hostname } = new URL(config.issuer.url ?? 'https://localhost')
    return served ? [judgeCertificate(served, hostname, now())] : []
  } catch (error) {
    return [faultOf(error, 'servers do not start with it')]
  }
}

const patience = 5_000 // milliseconds that the issuer may take

/** Asks the issuer as a guard would, from here: does it answer, is it this one, and what time is it there? */
async function issuer({ issuer: { url } }: Config): Promise<readonly Finding[]> {
  if (url === undefined) return []
  const { origin, pathname } = new URL(url)
  const path = pathname === '/' ? '' : pathname
  try {
    const before = now()
    const answer = await fetch(`${origin}/.well-known/oauth-authorization-server${path}`, {
      signal: AbortSignal.timeout(patience),
    })
    const metadata = Object(await answer.json()) as Readonly<Record<string, unknown>>
    if (metadata['issuer'] !== url)
      return [
        {
          verdict: 'fail',
          found: `${origin} answers as another issuer`,
          advice: 'issuer.url must be the address by which this server is reached',
        },
      ]
    const theirs = parseHttpDate(answer.headers.get('date')) ?? before
    const skew = judgeSkew(theirs, before, now() - before + 1)
    return [{ ...skew, found: `${url} answers; its clock: ${skew.found}` }]
  } catch {
    return [
      {
        verdict: 'warn',
        found: `${url} does not answer from here`,
        advice: 'start a server, or look at what stands before it; guards ask it for keys',
      },
    ]
  }
}
