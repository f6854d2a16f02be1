import { randomBytes } from 'node:crypto'
import { freePort } from './http.ts'
import { countersign, start, type Running } from './process.ts'

/** Servers that are one issuer, each in a process of its own. */
export interface Servers extends AsyncDisposable {
  /** The settings that they share, also for commands. */
  readonly env: Readonly<Record<string, string>>
  readonly issuer: string
  readonly urls: readonly [string, string]
  /** Stops one of the servers. */
  stop(at: number): Promise<void>
  /** Starts one again that was stopped. */
  start(at: number): Promise<void>
}

/** Starts two servers on one database, which `database` names in settings. The first is the issuer. */
export async function startTwoServers(
  database: Readonly<Record<string, string>>,
): Promise<Servers> {
  const ports = [await freePort(), await freePort()] as const
  const url = (port: number) => `http://localhost:${port}`
  const issuer = url(ports[0])
  const env = {
    COUNTERSIGN_ISSUER_URL: issuer,
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    COUNTERSIGN_LOG_LEVEL: 'warn',
    ...database,
  }
  const launch = (port: number) =>
    start([...countersign, 'dev'], { env: { ...env, COUNTERSIGN_HTTP_PORT: String(port) } })
  const running: Running[] = await Promise.all(ports.map(launch))
  return {
    env,
    issuer,
    urls: [issuer, url(ports[1])],
    stop: async (at) => running[at]?.stop(),
    start: async (at) => void (running[at] = await launch(ports[at] ?? 0)),
    [Symbol.asyncDispose]: async () => void (await Promise.all(running.map((one) => one.stop()))),
  }
}
