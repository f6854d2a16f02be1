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

/** Said when the tests on PostgreSQL are skipped. */
export const howToGetPostgres = !isWanted
  ? 'left out: DATABASES does not name postgres'
  : 'needs the programs of PostgreSQL, which it starts itself: apt-get install postgresql, or put initdb on the path'

/** A PostgreSQL server of the tests' own, in a folder that is gone when it is stopped. */
export interface PostgresServer extends AsyncDisposable {
  /** The URL of a database, which is made when it is new. */
  url(database: string): Promise<string>
  /** Kills it as a power cut would, and starts it again on what is left. */
  killAndRestart(): Promise<void>
  stop(): Promise<void>
}

/** The password of the tests' server; nothing may ever show it. */
export const plantedPassword = 'planted-pg-password'

/** Starts a PostgreSQL server. Returns `undefined` where `DATABASES` leaves it out or its programs are missing; on a CI machine the latter is an error. */
export async function startPostgres(): Promise<PostgresServer | undefined> {
  if (!isWanted) return undefined
  const programs = findPrograms()
  if (!programs) {
    assert.ok(process.env['CI'] !== 'true', howToGetPostgres)
    return undefined
  }
  const owner = unprivileged()
  const folder = mkdtempSync(join(tmpdir(), 'countersign-pg-'))
  const passwords = join(folder, 'password')
  const data = join(folder, 'data')
  writeFileSync(passwords, plantedPassword)
  for (const path of [folder, passwords]) if (owner.uid) chownSync(path, owner.uid, owner.gid ?? 0)
  const asked = ['-D', data, '-U', 'tests', '-A', 'scram-sha-256', `--pwfile=${passwords}`]
  const made = ['--encoding=UTF8', '--no-locale', '--no-sync', ...asked]
  execFileSync(join(programs, 'initdb'), made, { ...owner, cwd: folder, stdio: 'pipe' })

  const port = await freePort()
  const launch = () => launchPostgres(join(programs, 'postgres'), { owner, folder, data, port })
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
      process.kill(
        Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]),
        'SIGKILL',
      )
      await once(server, 'exit')
      // Connections outlive the server for a moment and finish what they are at; until then it refuses to start.
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

/** The folder of the newest PostgreSQL here; Debian keeps the programs off the path. */
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

/** Whom it runs as: PostgreSQL refuses to run as root. */
function unprivileged(): Owner {
  if (process.getuid?.() !== 0) return {}
  for (const name of ['postgres', 'nobody']) {
    const ids = ['-u', '-g'].map((which) => spawnSync('id', [which, name], { encoding: 'utf8' }))
    const [uid, gid] = ids.map(({ stdout }) => Number(stdout))
    if (ids.every(({ status }) => status === 0) && uid && gid) return { uid, gid }
  }
  throw new Error('there is neither a user postgres nor nobody to run PostgreSQL as')
}

interface Launch {
  readonly owner: Owner
  readonly folder: string
  readonly data: string
  readonly port: number
}

/**
 * Starts the server under a shell that waits for its own standard input to end, and then stops the server: whatever way
 * this process ends, no server is left behind.
 */
async function launchPostgres(
  program: string,
  { owner, folder, data, port }: Launch,
): Promise<ChildProcess> {
  const guard =
    '"$@" & server=$!; (cat >/dev/null; kill -QUIT $server 2>/dev/null) <&3 & wait $server; kill $! 2>/dev/null'
  const settings = [
    'fsync=on',
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
  let said = ''
  await new Promise<void>((resolve, reject) => {
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes('ready to accept connections')) resolve()
    })
    server.once('exit', () => reject(new Error(`PostgreSQL did not start: ${said}`)))
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
  await client.query('select pg_advisory_lock(1)') // many ask at once, and PostgreSQL has no `if not exists` for databases
  const known = await client.query('select from pg_database where datname = $1', [name])
  if (known.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`)
  await client.end()
  return url(name)
}
