import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync, ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chownSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Client } from 'pg'
import { freePort } from './http.ts'
import { installDebian, mayInstall } from './debian.ts'

/** Whether tests use PostgreSQL: `DATABASES=sqlite` leaves it out. */
const isWanted = (process.env['DATABASES'] ?? 'sqlite,postgres').split(',').includes('postgres')

/** The reason that skipped tests give. */
export const howToGetPostgres = !isWanted
  ? 'left out: DATABASES does not name postgres'
  : 'needs the programs of PostgreSQL, which it starts itself: apt-get install postgresql, or put initdb on the path'

/** A PostgreSQL server for tests. */
export interface PostgresServer extends AsyncDisposable {
  /** Returns the URL of a database, and creates the database the first time. */
  url(database: string): Promise<string>
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
}

/** The options of {@link startPostgres}. */
export interface PostgresOptions {
  /** Starts a server for the caller alone, which it may kill and configure. */
  readonly own?: boolean
  /** Waits for the disk at each commit, as in production: for benchmarks. Implies `own`. */
  readonly durable?: boolean
}

/** The password of the server; a test that finds it in any output fails. */
export const plantedPassword = 'planted-pg-password'

/** Names the port of the server that all files of one run share: see `scripts/test.ts`. */
const sharedPortVariable = 'TESTS_POSTGRES_PORT'
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
}: PostgresOptions = {}): Promise<PostgresServer | undefined> {
  if (!isWanted) return undefined
  const sharedPort = process.env[sharedPortVariable]
  if (!own && !durable && sharedPort !== undefined) return shared(Number(sharedPort))
  const programs = findPrograms()
  if (!programs) {
    assert.ok(process.env['CI'] !== 'true', howToGetPostgres)
    return undefined
  }
  return startOwn(programs, durable)
}

/** Starts the server that the test files of this run share, and names it to the processes that this one starts. Call it once. */
export async function sharePostgres(): Promise<AsyncDisposable | undefined> {
  const server = await startPostgres({ own: true })
  if (server) process.env[sharedPortVariable] = new URL(await server.url('postgres')).port
  return server
}

function shared(port: number): PostgresServer {
  const prefix = `p${process.pid}_${++sharedCallers}_`
  const stop = () => Promise.resolve()
  return {
    url: (database) => ensureDatabase(port, prefix + database),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function startOwn(programs: string, isDurable: boolean): Promise<OwnPostgresServer> {
  const owner = unprivileged()
  const folder = mkdtempSync(join(tmpdir(), 'countersign-pg-'))
  const passwordFile = join(folder, 'password')
  const data = join(folder, 'data')
  writeFileSync(passwordFile, plantedPassword)
  for (const path of [folder, passwordFile])
    if (owner.uid) chownSync(path, owner.uid, owner.gid ?? 0)
  const access = ['-U', 'tests', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`]
  const args = ['-D', data, '--encoding=UTF8', '--no-locale', '--no-sync', ...access]
  execFileSync(join(programs, 'initdb'), args, { ...owner, cwd: folder, stdio: 'pipe' })

  const port = await freePort()
  const program = join(programs, 'postgres')
  const launch = () => launchPostgres(program, { owner, folder, data, port, isDurable })
  let server = await launch()
  const stop = async () => {
    if (server.exitCode === null) {
      server.ref()
      server.stdin?.end()
      await once(server, 'exit')
    }
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    url: (database) => ensureDatabase(port, database),
    async killAndRestart() {
      server.ref()
      const [pid] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
      process.kill(Number(pid), 'SIGKILL')
      await once(server, 'exit')
      // The processes of its connections live a moment longer and finish their statement; until then it refuses to start.
      for (let attempt = 0; ; attempt++) {
        const launched = await launch().catch((error: unknown) => error)
        if (launched instanceof ChildProcess) {
          server = launched
          return
        }
        if (attempt === 100 || !/still in use/.test(String(launched))) throw launched
        await setTimeout(50)
      }
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** Returns the folder of the newest PostgreSQL on this machine; Debian keeps the programs off the path. */
function findPrograms(): string | undefined {
  const look = () =>
    [
      ...globSync('/usr/lib/postgresql/*/bin').toSorted((a, b) =>
        b.localeCompare(a, 'en', { numeric: true }),
      ),
      ...(process.env['PATH'] ?? '').split(delimiter),
    ].find((folder) => ['initdb', 'postgres'].every((one) => existsSync(join(folder, one))))
  const found = look()
  if (found !== undefined || !mayInstall) return found
  installDebian('postgresql')
  return look()
}

interface Owner {
  readonly uid?: number
  readonly gid?: number
}

/** Returns the user and group that the server runs as: PostgreSQL refuses to run as root. */
function unprivileged(): Owner {
  if (process.getuid?.() !== 0) return {}
  for (const name of ['postgres', 'nobody']) {
    const ids = ['-u', '-g'].map((which) => spawnSync('id', [which, name], { encoding: 'utf8' }))
    const [uid, gid] = ids.map(({ stdout }) => Number(stdout))
    if (ids.every(({ status }) => status === 0) && uid && gid) return { uid, gid }
  }
  throw new Error(
    "PostgreSQL does not run as root, and there is no user postgres and no user 'nobody'",
  )
}

/** Settings that save processor and disk time: the files live for minutes and need to survive a killed server, not a power cut. */
const withoutUpkeep = ['fsync=off', 'autovacuum=off', 'jit=off', 'max_wal_size=4GB']

interface Launch {
  readonly owner: Owner
  readonly folder: string
  readonly data: string
  readonly port: number
  readonly isDurable: boolean
}

/**
 * Starts the server under a shell that waits until its own standard input ends, and then stops the server: so no server is left
 * behind, however this process ends.
 */
async function launchPostgres(
  program: string,
  { owner, folder, data, port, isDurable }: Launch,
): Promise<ChildProcess> {
  const guard =
    '"$@" & server=$!; (cat >/dev/null; kill -QUIT $server 2>/dev/null) <&3 & wait $server; kill $! 2>/dev/null'
  const settings = [
    ...(isDurable ? [] : withoutUpkeep),
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    'max_connections=200',
  ]
  const args = ['-D', data, ...settings.flatMap((one) => ['-c', one])]
  const server = spawn('sh', ['-c', `exec 3<&0; ${guard}`, 'sh', program, ...args], {
    ...owner,
    cwd: folder,
  })
  let printed = ''
  await new Promise<void>((resolve, reject) => {
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      if (printed.includes('ready to accept connections')) resolve()
    })
    server.once('exit', () => reject(new Error(`PostgreSQL did not start: ${printed}`)))
  })
  server.unref()
  for (const stream of [server.stdin, server.stdout, server.stderr]) (stream as Socket).unref() // pipes are sockets
  return server
}

async function ensureDatabase(port: number, name: string): Promise<string> {
  const url = (database: string) =>
    `postgres://tests:${plantedPassword}@127.0.0.1:${port}/${database}`
  const client = new Client(url('postgres'))
  await client.connect()
  await client.query('select pg_advisory_lock(1)') // callers race, and PostgreSQL has no `if not exists` for databases
  const known = await client.query('select from pg_database where datname = $1', [name])
  if (known.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`)
  await client.end()
  return url(name)
}
