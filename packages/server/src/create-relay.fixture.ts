import { readFeed } from '@countersign/testing/feed'
import type { FixedClock } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { loadConfig } from './config/load.ts'
import { createRelayServer } from './create-relay.ts'
import { testServer } from './testing.ts'

/** The issuer, a relay that follows it, and one that follows that relay. */
export const issuer = 'http://localhost:5000'
export const [first, second] = ['http://relay-1.internal', 'http://relay-2.internal']

type Answer = (request: Request) => Promise<Response>

/** The network between a server and the relays that follow it. */
function createNetwork(server: Answer) {
  const open = new Set<AbortController>()
  return {
    isDown: false,
    /** The answers wait for it. */
    held: Promise.resolve(),
    /** Changes what the server answers. */
    tamper: (answer: Response, _path: string): Response => answer,
    /** Breaks every connection. */
    cut() {
      for (const one of open) one.abort()
    },
    async send(request: Request): Promise<Response> {
      await this.held
      if (this.isDown) throw new TypeError('fetch failed')
      const answer = this.tamper(await server(request), new URL(request.url).pathname)
      const connection = new AbortController()
      open.add(connection)
      const signal = AbortSignal.any([connection.signal, request.signal])
      const body = answer.body?.pipeThrough(new TransformStream(), { signal }) ?? null
      return new Response(body, answer)
    },
  }
}

/** The settings of the server, and of both relays. */
interface RelayEnv {
  readonly server?: Readonly<Record<string, string>>
  readonly relay?: Readonly<Record<string, string>>
}

/** Starts a server and two relays in memory: the second follows the first, which follows the server over a network that the test controls. */
export async function startRelays(env: RelayEnv = {}) {
  const server = await testServer(env.server)
  const { clock } = server
  const requests: string[] = []
  const network = createNetwork(server.fetch)
  const relays = new Map<string, Awaited<ReturnType<typeof createRelayServer>>>()
  const send: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    const relay = relays.get(new URL(request.url).origin)
    if (relay) return relay.fetch(request)
    requests.push(new URL(request.url).pathname)
    return network.send(request)
  }
  const config = loadConfig({
    mode: 'production',
    env: { COUNTERSIGN_LOG_LEVEL: 'silent', ...env.relay },
  })
  const ports = { clock, timer: clock, fetch: send }
  for (const [url, upstream] of [
    [first, issuer],
    [second, first],
  ] as const)
    relays.set(url, await createRelayServer(config, { issuer, upstream }, ports))
  const get = (url: string, headers: Record<string, string> = {}) => send(url, { headers })
  const post = async (path: string, body: unknown) => {
    const headers = { 'content-type': 'application/json' }
    return server.fetch(
      new Request(issuer + path, { method: 'POST', headers, body: JSON.stringify(body) }),
    )
  }
  return {
    clock,
    requests,
    network,
    get,
    close: async (url: string) => relays.get(url)?.close(),
    /** Follows the feed of a relay as a guard does: with the keys of the issuer. */
    follow: (url: string, seen?: string) =>
      readFeed(
        (request) =>
          send(request.url.endsWith('jwks.json') ? `${issuer}/.well-known/jwks.json` : request),
        { url, issuer, clock, seen },
      ),
    async signIn() {
      const answer = await post('/login', { username: 'admin', password: 'password' })
      return (await answer.json()) as { readonly token: string; readonly refresh_token: string }
    },
    async signOut({ refresh_token }: { readonly refresh_token: string }) {
      assert.equal((await post('/logout', { refresh_token })).status, 204)
    },
    pass: (seconds: number) => passing(clock, seconds),
    /** Awaits what happens while time passes, within two minutes of the clock. */
    async soon<T>(happening: Promise<T>): Promise<T> {
      const over = new AbortController()
      void happening.finally(() => over.abort()).catch(() => {})
      for (let seconds = 0; !over.signal.aborted && seconds < 120; seconds++)
        await passing(clock, 1)
      assert.ok(over.signal.aborted, 'nothing happened')
      return happening
    },
    async [Symbol.asyncDispose]() {
      for (const relay of relays.values()) await relay.close()
      await server.close()
    },
  }
}

/** Lets seconds pass one by one, with pauses for the database and for zlib, which have threads of their own. */
async function passing(clock: FixedClock, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed++) {
    clock.advance(1)
    await setTimeout(5)
  }
}
