import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from '@countersign/testing/debian'
import { root } from '@countersign/testing/files'
import { blockOf, substituted } from '@countersign/testing/guides'
import { post, untilItListens } from '@countersign/testing/http'
import { countersign, run, start, type Running } from '@countersign/testing/process'
import { startGuard, type GuardProcess } from './guards.fixture.ts'

/** The users: a user has at most 200 sessions. */
export const usernames: readonly string[] = Array.from({ length: 16 }, (_, at) => `user${at}`)
/** A user whom no load signs in. */
export const bystander = 'bystander'
/** The password of every user. */
export const password = 'correct horse battery staple'

/** Servers of one issuer behind HAProxy, and guards that follow its feed. */
export interface Installation extends AsyncDisposable {
  /** The address of HAProxy, which is the issuer. */
  readonly url: string
  /** The servers, by the last number of their address. */
  readonly servers: ReadonlyMap<number, Running>
  readonly guards: readonly GuardProcess[]
  /** Starts a server at the address with this last number, 21 or 22, with a program and settings of its own. */
  start(at: number, options?: ServerOptions): Promise<void>
  /** Runs a command with the settings of the servers, and others. */
  command(
    line: string,
    env?: Readonly<Record<string, string>>,
  ): Promise<{ readonly code: number; readonly output: string }>
}

/** The parameters with which a server is started. */
export interface ServerOptions {
  readonly program?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** The options of {@link startInstallation}. */
export interface InstallationOptions {
  readonly databaseUrl: string
  /** The beginning of the addresses, such as `127.23.7`. */
  readonly network: string
  readonly folder: string
  readonly guards: number
  readonly env?: Readonly<Record<string, string>>
  /** The program of the first servers. */
  readonly program?: readonly string[]
}

/** Starts two servers behind HAProxy, with users, and guards. */
export async function startInstallation(options: InstallationOptions): Promise<Installation> {
  const stack = new AsyncDisposableStack()
  try {
    return await launch(stack, options)
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

async function launch(
  stack: AsyncDisposableStack,
  options: InstallationOptions,
): Promise<Installation> {
  const { network, folder, program = countersign } = options
  const url = `http://${network}.1:8443`
  const settingsOf = createSettings(options, url)
  const settings = {
    COUNTERSIGN_CONFIG: settingsOf(21),
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    COUNTERSIGN_LOG_LEVEL: 'warn',
    COUNTERSIGN_LIMITS_ATTEMPTS: '0', // all load comes from one address
    COUNTERSIGN_LIMITS_CHANGES: '0',
    COUNTERSIGN_TOKENS_LIFETIME: '10s',
    COUNTERSIGN_USERS_REGISTRATION: 'open',
    ...options.env,
  }
  const servers = new Map<number, Running>()
  const startServer = async (
    at: number,
    { program: own = program, env = {} }: ServerOptions = {},
  ) => {
    const all = { ...settings, COUNTERSIGN_CONFIG: settingsOf(at), ...env }
    servers.set(at, await start([...own, 'serve'], { env: all, tied: true }))
  }
  stack.defer(async () => void (await Promise.all([...servers.values()].map((one) => one.stop()))))
  await startServer(21)
  await startServer(22)
  stack.use(await startFront(network, folder))
  for (const username of [...usernames, bystander]) {
    const { status, body } = await post(`${url}/register`, { username, password })
    assert.equal(status, 201, JSON.stringify(body))
  }
  const guards = Array.from({ length: options.guards }, () => stack.use(startGuard(url)))
  return {
    url,
    servers,
    guards,
    start: startServer,
    command: (line, env = {}) =>
      run([...countersign, ...line.split(' ')], { env: { ...settings, ...env } }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** Makes the function that writes the settings of the guide for the server at an address, and returns their file. */
function createSettings({ databaseUrl, folder, network }: InstallationOptions, url: string) {
  const secret = join(folder, 'database-url')
  writeFileSync(secret, databaseUrl, { mode: 0o600 })
  return (at: number): string => {
    const file = join(folder, `countersign-${at}.toml`)
    const changes = {
      'https://auth.example.com': url,
      '10.0.0.21': `${network}.${at}`,
      '10.0.0.31': '127.0.0.1', // the address that connections on this machine come from
      '/etc/countersign/database-url': secret,
    }
    writeFileSync(file, substituted(blockOf('growing.md', 'toml', 1), changes))
    return file
  }
}

/** Starts HAProxy in front of the servers, with the file of deploy/cluster; plain HTTP, because everything is on this machine. */
async function startFront(network: string, folder: string): Promise<Running> {
  const text = readFileSync(join(root, 'deploy/cluster/haproxy-servers.cfg'), 'utf8')
  const config = join(folder, 'haproxy-servers.cfg')
  writeFileSync(
    config,
    substituted(text, {
      'bind :443 ssl crt /etc/haproxy/auth.example.com.pem': `bind ${network}.1:8443`,
      '10.0.0.': `${network}.`,
    }),
  )
  const command = [findProgram('haproxy') ?? 'haproxy', '-db', '-V', '-f', config]
  const running = await start(command, { ready: /Using \w+\(\)/, tied: true })
  await untilItListens(`${network}.1`, 8443)
  return running
}
