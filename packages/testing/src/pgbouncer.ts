import { chownSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram, howToGet } from './debian.ts'
import { scratch } from './files.ts'
import { freePort } from './http.ts'
import { plantedPassword, user } from './postgres-databases.ts'
import { unprivileged } from './postgres-process.ts'
import { start } from './process.ts'

/** The reason that tests give when PgBouncer is missing. */
export const howToGetPgBouncer = howToGet('pgbouncer')

/** A PgBouncer in front of a PostgreSQL server. */
export interface PgBouncer extends AsyncDisposable {
  /** Returns the URL that reaches a database through it. */
  through(url: string): string
  stop(): Promise<void>
}

/**
 * Starts PgBouncer in transaction mode, with the settings that it has by default, in front of the server of a URL. It has fewer connections to the
 * database than its clients have to it, so that a session goes from client to client. Returns `undefined` where the program is missing.
 */
export async function startPgBouncer(url: string, size = 4): Promise<PgBouncer | undefined> {
  const program = findProgram('pgbouncer')
  if (program === undefined) return undefined
  const port = await freePort()
  const folder = scratch()
  const { uid } = unprivileged() // it does not run as root
  const place = (name: string, text: string) => {
    const path = join(folder.path, name)
    writeFileSync(path, text, { mode: 0o600 })
    if (uid) chownSync(path, uid, uid)
    return path
  }
  if (uid) chownSync(folder.path, uid, uid)
  const users = place('users.txt', `"${user}" "${plantedPassword}"\n`)
  const config = place(
    'pgbouncer.ini',
    `[databases]
* = host=127.0.0.1 port=${new URL(url).port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${size}
max_client_conn = 500
`,
  )
  const running = await start([program, config], {
    ready: /process up/,
    cwd: folder.path,
    ...(uid ? { uid } : {}),
  })
  const stop = async () => {
    await running.stop()
    folder[Symbol.dispose]()
  }
  return {
    through(direct) {
      const pooled = new URL(direct)
      pooled.port = String(port)
      return pooled.href
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
