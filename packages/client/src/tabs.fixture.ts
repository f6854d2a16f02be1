import { testServer, type TestServer } from '@countersign/server/testing'
import type { FixedClock } from '@countersign/token/testing'
import { parseStoredSession } from './stored-session.ts'
import { webPlatform, type Platform, type Seconds } from './platform.ts'
import type { SessionOptions } from './session-options.ts'
import { createSession, type Session } from './session.ts'
import { memoryStorage, type TokenStorage } from './storage.ts'

/** Handles a request in place of the server: forwards it, responds, or never responds. */
export type Intercept = (request: Request, forward: () => Promise<Response>) => Promise<Response>

/** A server in memory whose requests a test can count and intercept. */
export interface Backend extends AsyncDisposable {
  readonly server: TestServer
  readonly clock: FixedClock
  /** The requests so far, such as `POST /refresh`. */
  readonly requests: string[]
  /** Returns the number of such requests. */
  count(line: string): number
  /** The number of requests without a response yet. */
  readonly pending: number
  /** Handles all requests from now on; `undefined` forwards them. */
  intercept?: Intercept | undefined
  readonly fetch: typeof globalThis.fetch
}

/** Starts a server in memory. Its `fetch` is for clients. */
export async function openBackend(env: Readonly<Record<string, string>> = {}): Promise<Backend> {
  const server = await testServer(env)
  const requests: string[] = []
  let pending = 0
  const backend: Backend = {
    get pending() {
      return pending
    },
    server,
    clock: server.clock,
    requests,
    count: (line) => requests.filter((one) => one === line).length,
    async fetch(input, init) {
      const request = new Request(input, init)
      requests.push(`${request.method} ${new URL(request.url).pathname}`)
      const forward = () => server.fetch(request)
      const response = backend.intercept ? backend.intercept(request, forward) : forward()
      pending++
      return Promise.race([response, aborted(request.signal)]).finally(() => pending--)
    },
    [Symbol.asyncDispose]: () => server.close(),
  }
  return backend
}

async function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = () => reject(signal.reason as Error)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop)
  })
}

/** A platform with a fake clock; locks and channels are those of the runtime. */
export interface FakePlatform extends Platform {
  /** True if the page is visible. */
  visible: boolean
  /** True if the tab was killed, and its timers with it. */
  dead: boolean
  /** The error of the tab's clock. */
  skew: Seconds
  /** Notifies the tab that its page is visible again, or that the network is back. */
  activate(): void
}

/** Creates a platform whose clock, visibility and random number a test sets. */
export function fakePlatform(clock: FixedClock, random = 0.5): FakePlatform {
  const listeners = new Set<() => void>()
  const platform: FakePlatform = {
    ...webPlatform,
    visible: false,
    dead: false,
    skew: 0,
    now: () => clock.now() + platform.skew,
    after: (delay, work) => clock.after(delay, () => (platform.dead ? undefined : work())),
    random: () => random,
    isPageVisible: () => platform.visible,
    onPageActive(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    activate() {
      for (const listener of listeners) listener()
    },
  }
  return platform
}

/** Creates a storage that tabs share. */
export function sharedStorage(name: string): TokenStorage {
  return { ...memoryStorage(), name }
}

/** The session of one tab. */
export interface Tab extends Session {
  readonly platform: FakePlatform
}

/** Opens a tab. Tabs with the same storage are tabs of one browser. */
export function openTab(
  backend: Backend,
  options: Partial<SessionOptions> = {},
  platform = fakePlatform(backend.clock),
): Tab {
  const session = createSession(
    { url: 'http://localhost:5000', mode: 'bearer', fetch: backend.fetch, ...options },
    platform,
  )
  return Object.defineProperties({ platform } as Tab, Object.getOwnPropertyDescriptors(session))
}

/** The tabs of one browser. */
export interface Tabs {
  readonly backend: Backend
  readonly storage: TokenStorage
  readonly tabs: readonly Tab[]
}

let browsers = 0

/** Opens tabs of one browser, all signed in, each with its own random number. */
export async function openTabs(backend: Backend, many: number, locks = true): Promise<Tabs> {
  const storage = sharedStorage(`browser ${browsers++}`)
  const tabs = Array.from({ length: many }, (_, at) => {
    const platform = fakePlatform(backend.clock, at / many)
    return openTab(
      backend,
      { storage },
      locks ? platform : Object.assign(platform, { locks: undefined }),
    )
  })
  await tabs[0]?.signIn(admin)
  await Promise.all(tabs.map((tab) => tab.restore()))
  return { backend, storage, tabs }
}

/** Closes all tabs. */
export function closeTabs({ tabs }: Tabs): void {
  for (const tab of tabs) tab.close()
}

/** Returns true if a request or a refresh has no response yet. */
export async function isRefreshPending({ backend, storage }: Tabs): Promise<boolean> {
  if (backend.pending > 0) return true
  const stored = parseStoredSession(await storage.load())
  return stored.status === 'signed_in' && stored.refreshStartedAt !== null
}

/** The user of the development server. */
export const admin = { username: 'admin', password: 'password' }

/** The URL of a protected route of the development server. */
export const protectedUrl = 'http://localhost:5000/protected'

/** Waits in real time for a condition: the server's threads and the runtime's channels do not follow the fake clock. */
export async function waitUntil(
  condition: () => boolean,
  message = 'the condition was not met in time',
): Promise<void> {
  for (let waits = 0; !condition(); waits++) {
    if (waits > 60_000) throw new Error(message)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** Waits, in real time, until pending work has settled. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 8; round++) await new Promise((resolve) => setTimeout(resolve, 2))
}
