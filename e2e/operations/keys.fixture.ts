import { createVerifier, remoteKeySet, type Algorithm, type RemoteKeySet } from '@countersign/token'
import { algorithms } from '@countersign/token/internal'
import { fixedClock, type FixedClock } from '@countersign/token/testing'
import { testServer, type TestServer } from '@countersign/server/testing'
import { randomBytes } from 'node:crypto'
import { closeRuntime, openRuntime } from '../../packages/server/src/compose.ts'
import { loadConfig } from '../../packages/server/src/config/load.ts'
import type { OpenOptions } from '../../packages/server/src/compose.ts'
import type { Runtime } from '../../packages/server/src/runtime.ts'
import { scratch } from '@countersign/testing/files'

/** Lengths of time, in seconds. */
export const [minute, hour, day] = [60, 3_600, 86_400] as const

/** The issuer that a server of the tests is by default. */
const issuer = 'http://localhost:5000'

/** Settings, as the environment names them. */
export type Env = Readonly<Record<string, string>>

/** One database and one clock, which several servers share. */
export interface World extends Disposable {
  readonly clock: FixedClock
  /** Where the database is. */
  readonly file: string
  /** Opens a server. */
  server(env?: Env): Promise<TestServer>
  /** Does something by hand, as the command line does it. */
  byHand<T>(
    work: (runtime: Runtime) => Promise<T>,
    env?: Env,
    openRoot?: OpenOptions['openRoot'],
  ): Promise<T>
}

/** A key-encryption key as a setting. */
export const newEncryptionKey = () => randomBytes(32).toString('base64')

/** Opens a world with a database in a file. */
export function newWorld(common: Env = {}): World {
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
    async byHand(work, env = {}, openRoot = undefined) {
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

/** Signs in as the sample user: the access token. */
export async function signIn(server: TestServer): Promise<string> {
  return (await post(server, '/login', { username: 'admin', password: 'password' })).token
}

/** Sends JSON and reads the tokens that come back. */
export async function post(server: TestServer, path: string, sent: object) {
  const headers = { 'content-type': 'application/json' }
  const request = { method: 'POST', headers, body: JSON.stringify(sent) }
  const response = await server.fetch(new Request(issuer + path, request))
  return (await response.json()) as { readonly token: string; readonly refresh_token: string }
}

/** The status that a server answers to a token. */
export async function statusOf(server: TestServer, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  return (await server.fetch(new Request(`${issuer}/me`, { headers }))).status
}

/** The ids of the keys that a server publishes. */
export async function published(server: TestServer): Promise<readonly string[]> {
  const response = await server.fetch(new Request(`${issuer}/.well-known/jwks.json`))
  const { keys } = (await response.json()) as { readonly keys: readonly { readonly kid: string }[] }
  return keys.map(({ kid }) => kid)
}

/** Somebody far away who checks tokens with the keys that a server publishes. */
export interface FarGuard {
  readonly keys: RemoteKeySet
  /** `good`, or the code of the failure. Never looks keys up that it does not know: its cache must have them. */
  verdict(token: string): string
}

/** A guard that keeps the keys for ten minutes; `cut` says when it cannot reach the server. */
export function farGuard(server: TestServer, clock: FixedClock, cut = () => false): FarGuard {
  const keys = remoteKeySet(`${issuer}/.well-known/jwks.json`, {
    clock,
    maxStale: 2 * day,
    async fetch(input, init) {
      if (cut()) throw new TypeError('the line is cut')
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
