import { createVerifier, remoteKeySet, type Algorithm, type RemoteKeySet } from '@countersign/token'
import { algorithms } from '@countersign/token/internal'
import { fixedClock, type FixedClock } from '@countersign/token/testing'
import { testServer, type TestServer } from '@countersign/server/testing'
import { randomBytes } from 'node:crypto'
import { closeRuntime, openRuntime } from '../../packages/server/src/open-runtime.ts'
import { loadConfig } from '../../packages/server/src/config/load.ts'
import type { OpenOptions } from '../../packages/server/src/open-runtime.ts'
import type { Runtime } from '../../packages/server/src/runtime.ts'
import { scratch } from '@countersign/testing/files'

/** Lengths of time, in seconds. */
export const [minute, hour, day] = [60, 3_600, 86_400] as const

/** The default issuer of a server in tests. */
const issuer = 'http://localhost:5000'

/** Settings as environment variables. */
export type Env = Readonly<Record<string, string>>

/** A database and a clock that several servers share. */
export interface Cluster extends Disposable {
  readonly clock: FixedClock
  /** The path of the database. */
  readonly file: string
  /** Opens a server. */
  server(env?: Env): Promise<TestServer>
  /** Runs an operation as the command line does. */
  runCommand<T>(
    work: (runtime: Runtime) => Promise<T>,
    env?: Env,
    openRoot?: OpenOptions['openRoot'],
  ): Promise<T>
}

/** Returns a random key-encryption key for a setting. */
export const newEncryptionKey = () => randomBytes(32).toString('base64')

/** Creates a cluster on a new SQLite database. */
export function newCluster(common: Env = {}): Cluster {
  const folder = scratch()
  const clock = fixedClock(1_800_000_000)
  const file = `${folder.path}/data/auth.db`
  const all = (env: Env) => ({
    COUNTERSIGN_DATABASE_URL: `sqlite:${file}`,
    COUNTERSIGN_LOG_LEVEL: 'silent',
    ...common,
    ...env,
  })
  return {
    clock,
    file,
    server: (env = {}) => testServer(all(env), clock),
    async runCommand(work, env = {}, openRoot = undefined) {
      const config = loadConfig({ mode: 'development', env: all(env) })
      const runtime = await openRuntime(config, { clock }, { openRoot })
      try {
        return await work(runtime)
      } finally {
        await closeRuntime(runtime)
      }
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  }
}

/** Signs in as the sample user and returns the access token. */
export async function signIn(server: TestServer): Promise<string> {
  return (await post(server, '/login', { username: 'admin', password: 'password' })).token
}

/** Sends JSON and returns the tokens of the response. */
export async function post(server: TestServer, path: string, body: object) {
  const headers = { 'content-type': 'application/json' }
  const request = { method: 'POST', headers, body: JSON.stringify(body) }
  const response = await server.fetch(new Request(issuer + path, request))
  return (await response.json()) as { readonly token: string; readonly refresh_token: string }
}

/** Returns the status of a server's response to a token. */
export async function statusOf(server: TestServer, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  return (await server.fetch(new Request(`${issuer}/me`, { headers }))).status
}

/** Returns the ids of the keys that a server publishes. */
export async function published(server: TestServer): Promise<readonly string[]> {
  const response = await server.fetch(new Request(`${issuer}/.well-known/jwks.json`))
  const { keys } = (await response.json()) as { readonly keys: readonly { readonly kid: string }[] }
  return keys.map(({ kid }) => kid)
}

/** A guard on another machine, which checks tokens with the keys that a server publishes. */
export interface RemoteGuard {
  readonly keys: RemoteKeySet
  /** Returns `good`, or the code of the failure. Does not fetch unknown keys: they must be in its cache. */
  verdict(token: string): string
}

/** Creates a guard that caches keys for ten minutes and cannot reach the server while `isOffline`. */
export function remoteGuard(
  server: TestServer,
  clock: FixedClock,
  isOffline = () => false,
): RemoteGuard {
  const keys = remoteKeySet(`${issuer}/.well-known/jwks.json`, {
    clock,
    maxStale: 2 * day,
    async fetch(input, init) {
      if (isOffline()) throw new TypeError('fetch failed')
      const response = await server.fetch(new Request(input, { ...init, redirect: 'manual' }))
      const headers = new Headers(response.headers)
      headers.set('cache-control', `max-age=${10 * minute}`)
      return new Response(response.body, { status: response.status, headers })
    },
  })
  const all = (Object.keys(algorithms) as Algorithm[]).filter((name) => !name.startsWith('HS'))
  const verifier = createVerifier({ issuer, audience: issuer, algorithms: all, keys, clock })
  return {
    keys,
    verdict(token) {
      try {
        verifier.verify(token)
        return 'good'
      } catch (error) {
        return (error as { readonly code: string }).code
      }
    },
  }
}
