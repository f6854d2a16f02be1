import assert from 'node:assert/strict'
import { execFile, execFileSync, ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from './http.ts'
import { databasesOf, plantedPassword, query, user, type Urls } from './postgres-databases.ts'
import { findPrograms, launchPostgres, unprivileged, type Owner } from './postgres-process.ts'

/** True if tests use PostgreSQL: `DATABASES=sqlite` leaves it out. */
const isWanted = (process.env['DATABASES'] ?? 'sqlite,postgres').split(',').includes('postgres')

/** The reason that skipped tests give. */
export const howToGetPostgres = !isWanted
  ? 'left out: DATABASES does not name postgres'
  : 'needs the programs of PostgreSQL, which it starts itself: apt-get install postgresql, or put initdb on the path'

/** Returns why tests on PostgreSQL are skipped; false if they run. On a CI machine, where its programs must be there, they run and fail. */
export function findPostgresSkip(): string | false {
  const isPresent = isWanted && (findPrograms() !== undefined || process.env['CI'] === 'true')
  return isPresent ? false : howToGetPostgres
}

/** A PostgreSQL server for tests. */
export interface PostgresServer extends AsyncDisposable {
  readonly url: Urls
  /** Stops a server of its own; the shared one runs on until its run of tests ends. */
  stop(): Promise<void>
}

/** A PostgreSQL server that only its caller uses, in a temporary folder, which `stop` removes. */
export interface OwnPostgresServer extends PostgresServer {
  /**
   * Kills it with SIGKILL, and starts it again on the files that are left. The system still holds what a killed process wrote, so
   * this proves what a commit promises even without fsync.
   */
  killAndRestart(): Promise<void>
  /** Starts a standby of it, which streams its changes. */
  standby(): Promise<OwnPostgresServer>
  /** Lets a standby take over, as in a planned failover: stops this server, promotes the standby, and starts this one as a standby of it. */
  switchTo(standby: OwnPostgresServer): Promise<void>
  /** Ends the recovery of a standby: it can be written. */
  promote(): Promise<void>
}

/** The options of {@link startPostgres}. */
export interface PostgresOptions {
  /** Starts a server for the caller alone, which it may kill and configure. */
  readonly own?: boolean
  /** Waits for the disk at each commit, as in production: for benchmarks. Implies `own`. */
  readonly durable?: boolean
  /** Further settings of an own server, each `name=value`. */
  readonly settings?: readonly string[]
  /** The folder of its programs, if it is another version than the newest of this machine. */
  readonly programs?: string
}

export { plantedPassword }

/** Names the port of the server that all files of one run share: see `scripts/test.ts`. */
const sharedPortVariable = 'TESTS_POSTGRES_PORT'

/** Names the data folder of a server that never ran, which every server of the run starts from: a copy costs a fifth of `initdb`. */
const pristineDataVariable = 'TESTS_POSTGRES_PRISTINE'
let sharedCallers = 0

/**
 * Returns a PostgreSQL server: the one that the run of tests shares, with databases that no other caller sees, or one of the caller's
 * own when it asks for that or when a test file runs alone. Returns `undefined` where `DATABASES` leaves it out or its programs are
 * missing; on a CI machine the latter is an error.
 */
export async function startPostgres(
  options: PostgresOptions & ({ readonly own: true } | { readonly durable: true }),
): Promise<OwnPostgresServer | undefined>
export async function startPostgres(): Promise<PostgresServer | undefined>
export async function startPostgres({
  own = false,
  durable = false,
  settings = [],
  programs: chosen,
}: PostgresOptions = {}): Promise<PostgresServer | undefined> {
  if (!isWanted) return undefined
  const sharedPort = process.env[sharedPortVariable]
  if (!own && !durable && sharedPort !== undefined) return shared(Number(sharedPort))
  const programs = chosen ?? findPrograms()
  if (!programs) {
    assert.ok(process.env['CI'] !== 'true', howToGetPostgres)
    return undefined
  }
  return startOwn(programs, { isDurable: durable, settings })
}

/** Starts the server that the test files of this run share, and names it to the processes that this one starts. Call it once. */
export async function sharePostgres(): Promise<AsyncDisposable | undefined> {
  const programs = isWanted ? findPrograms() : undefined
  if (programs === undefined) return startPostgres({ own: true }) // it says why there is none
  const { owner, folder } = newFolder()
  process.env[pristineDataVariable] = join(folder, 'data')
  initialize(programs, join(folder, 'data'), { ...owner, cwd: folder })
  const server = await startOwn(programs)
  process.env[sharedPortVariable] = new URL(await server.url('postgres')).port
  return {
    async [Symbol.asyncDispose]() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Makes a temporary folder that the server may write to. */
function newFolder(): { readonly owner: Owner; readonly folder: string } {
  const owner = unprivileged()
  const folder = mkdtempSync(join(tmpdir(), 'countersign-pg-'))
  if (owner.uid) chownSync(folder, owner.uid, owner.gid ?? 0)
  return { owner, folder }
}

function shared(port: number): PostgresServer {
  const prefix = `p${process.pid}_${++sharedCallers}_`
  const stop = () => Promise.resolve()
  return {
    url: databasesOf(port, prefix),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function startOwn(
  programs: string,
  configuration: Configuration = {},
): Promise<OwnPostgresServer> {
  return open(programs, configuration, async (folder, data, owner) => {
    const isNewest = programs === findPrograms()
    const pristine = isNewest ? process.env[pristineDataVariable] : undefined
    const options = { ...owner, cwd: folder, stdio: 'pipe' } as const
    if (pristine === undefined) initialize(programs, data, options)
    else execFileSync('cp', ['-a', pristine, data], options)
  })
}

/** Fills a new data folder. */
function initialize(programs: string, data: string, options: Owner & { readonly cwd: string }) {
  const passwordFile = join(options.cwd, 'password')
  writeFileSync(passwordFile, plantedPassword)
  if (options.uid) chownSync(passwordFile, options.uid, options.gid ?? 0)
  const access = ['-U', user, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`]
  const args = ['-D', data, '--encoding=UTF8', '--no-locale', '--no-sync', ...access]
  execFileSync(join(programs, 'initdb'), args, { ...options, stdio: 'pipe' })
}

/** Starts a standby on a base backup of a server, which it follows. */
async function startStandby(programs: string, primary: number): Promise<OwnPostgresServer> {
  return open(programs, {}, async (folder, data, owner) => {
    const args = ['-D', data, '-d', connectionTo(primary), '--checkpoint=fast', '--no-sync']
    await promisify(execFile)(join(programs, 'pg_basebackup'), args, { ...owner, cwd: folder })
    return { primary }
  })
}

const connectionTo = (port: number) =>
  `host=127.0.0.1 port=${port} user=${user} password=${plantedPassword}`

/** The configuration of a server. */
interface Configuration {
  readonly isDurable?: boolean
  readonly settings?: readonly string[]
}

/** Fills a new folder with the data of a server, and starts it. */
async function open(
  programs: string,
  { isDurable = false, settings: own = [] }: Configuration,
  fill: (folder: string, data: string, owner: Owner) => Promise<Role | void>,
): Promise<OwnPostgresServer> {
  const { owner, folder } = newFolder()
  const data = join(folder, 'data')
  const role = await fill(folder, data, owner)
  const port = await freePort()
  const program = join(programs, 'postgres')
  const launch = ({ primary }: Role = {}) => {
    const settings =
      primary === undefined ? own : [...own, `primary_conninfo=${connectionTo(primary)}`]
    if (primary !== undefined) writeFileSync(join(data, 'standby.signal'), '')
    return launchPostgres(program, { owner, folder, data, port, isDurable, settings })
  }
  let server = await launch(role ?? {})
  const ended = async (signal: NodeJS.Signals) => {
    server.ref()
    const [pid] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
    process.kill(Number(pid), signal)
    await once(server, 'exit')
  }
  const stop = async () => {
    if (server.exitCode === null) {
      server.ref()
      server.stdin?.end()
      await once(server, 'exit')
    }
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    url: databasesOf(port),
    async killAndRestart() {
      await ended('SIGKILL')
      server = await launchAfterKill(launch)
    },
    standby: () => startStandby(programs, port),
    async switchTo(standby) {
      await ended('SIGINT') // it waits until its standby has received everything
      await standby.promote()
      server = await launch({ primary: Number(new URL(await standby.url('postgres')).port) })
    },
    promote: () => query(port, 'postgres', 'select pg_promote()'),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** The role of a server: a standby follows the primary on a port. */
interface Role {
  readonly primary?: number
}

/** Starts a killed server. The processes of its connections live a moment longer and finish their statement; until then it refuses. */
async function launchAfterKill(launch: () => Promise<ChildProcess>): Promise<ChildProcess> {
  for (let attempt = 0; ; attempt++) {
    const launched = await launch().catch((error: unknown) => error)
    if (launched instanceof ChildProcess) return launched
    if (attempt === 100 || !/still in use/.test(String(launched))) throw launched
    await setTimeout(50)
  }
}
