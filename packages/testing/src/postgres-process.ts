import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import type { Socket } from 'node:net'
import { delimiter, join } from 'node:path'
import { installDebian, mayInstall } from './debian.ts'

// Finds and starts the program `postgres`; postgres.ts has the servers.

/** Returns the folder of the newest PostgreSQL on this machine; Debian keeps the programs off the path. */
export function findPrograms(): string | undefined {
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

/** The user and group that a server runs as; none for the own ones. */
export interface Owner {
  readonly uid?: number
  readonly gid?: number
}

/** Returns the user and group that the server runs as: PostgreSQL refuses to run as root. */
export function unprivileged(): Owner {
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

/** The parameters with which a server is started. */
export interface Launch {
  readonly owner: Owner
  readonly folder: string
  readonly data: string
  readonly port: number
  readonly isDurable: boolean
  /** Further settings, each `name=value`. */
  readonly settings?: readonly string[]
}

/**
 * Starts the server under a shell that waits until its own standard input ends, and then stops the server: so no server is left
 * behind, however this process ends.
 */
export async function launchPostgres(
  program: string,
  { owner, folder, data, port, isDurable, settings: more = [] }: Launch,
): Promise<ChildProcess> {
  const guard =
    '"$@" & server=$!; (cat >/dev/null; kill -QUIT $server 2>/dev/null) <&3 & wait $server; kill $! 2>/dev/null'
  const settings = [
    ...(isDurable ? [] : withoutUpkeep),
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    'max_connections=200',
    ...more,
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
      if (/ready to accept (read.only )?connections/.test(printed)) resolve()
    })
    server.once('exit', () => reject(new Error(`PostgreSQL did not start: ${printed}`)))
  })
  server.unref()
  for (const stream of [server.stdin, server.stdout, server.stderr]) (stream as Socket).unref() // pipes are sockets
  return server
}
