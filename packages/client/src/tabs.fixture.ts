import { testServer, type TestServer } from '@countersign/server/testing'
import type { FixedClock } from '@countersign/token/testing'
import { parseStoredSession } from './stored-session.ts'
import { webPlatform, type Platform, type Seconds } from './platform.ts'
import { createSession, type Session, type SessionOptions } from './session.ts'
import { memoryStorage, type TokenStorage } from './storage.ts'

/** What a test does to a request on its way: the server answers, or somebody else, or noSession. */
export type Road = (request: Request, onward: () => Promise<Response>) => Promise<Response>

/** A server, the road to it, and what has come by. */
export interface World extends AsyncDisposable {
  readonly server: TestServer
  readonly clock: FixedClock
  /** Each request, as `POST /refresh`. */
  readonly seen: string[]
  /** How many of them were of this kind. */
  count(line: string): number
  /** How many are under way. */
  readonly open: number
  /** Changes the road from now on; without one, it is open. */
  road?: Road | undefined
  readonly fetch: typeof globalThis.fetch
}

/** Starts a server in memory, whose `fetch` the client's is. */
export async function openWorld(env: Readonly<Record<string, string>> = {}): Promise<World> {
  const server = await testServer(env)
  const seen: string[] = []
  let open = 0
  const world: World = {
    get open() {
      return open
    },
    server,
    clock: server.clock,
    seen,
    count: (line) => seen.filter((one) => one === line).length,
    async fetch(input, init) {
      const request = new Request(input, init)
      seen.push(`${request.method} ${new URL(request.url).pathname}`)
      const onward = () => server.fetch(request)
      const answered = world.road ? world.road(request, onward) : onward()
      open++
      return Promise.race([answered, aborted(request.signal)]).finally(() => open--)
    },
    [Symbol.asyncDispose]: () => server.close(),
  }
  return world
}

async function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = () => reject(signal.reason as Error)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop)
  })
}

/** A platform whose clock is wound by hand; locks and channels are the run time's own. */
export interface HandPlatform extends Platform {
  /** Whether somebody looks at the page. */
  watched: boolean
  /** Whether the tab is no more: its timers are not either. */
  dead: boolean
  /** How wrong its clock is. */
  skew: Seconds
  /** The page is looked at again, or the network is back. */
  wake(): void
}

/** A platform whose clock, network and chance are in the hands of a test. */
export function handPlatform(clock: FixedClock, random = 0.5): HandPlatform {
  const listeners = new Set<() => void>()
  const platform: HandPlatform = {
    ...webPlatform,
    watched: false,
    dead: false,
    skew: 0,
    now: () => clock.now() + platform.skew,
    after: (delay, work) => clock.after(delay, () => (platform.dead ? undefined : work())),
    random: () => random,
    isPageVisible: () => platform.watched,
    onPageActive(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    wake() {
      for (const listener of listeners) listener()
    },
  }
  return platform
}

/** What tabs share. */
export function sharedStorage(name: string): TokenStorage {
  return { ...memoryStorage(), name }
}

/** A session of one tab. */
export interface Tab extends Session {
  readonly platform: HandPlatform
}

/** Opens a tab; those of one storage are tabs of one browser. */
export function openTab(
  world: World,
  options: Partial<SessionOptions> = {},
  platform = handPlatform(world.clock),
): Tab {
  const session = createSession(
    { url: 'http://localhost:5000', mode: 'bearer', fetch: world.fetch, ...options },
    platform,
  )
  return Object.defineProperties({ platform } as Tab, Object.getOwnPropertyDescriptors(session))
}

/** Tabs of one browser. */
export interface Tabs {
  readonly world: World
  readonly storage: TokenStorage
  readonly tabs: readonly Tab[]
}

let browsers = 0

/** Opens tabs of one browser, all signed in, each with a share of its own. */
export async function openTabs(world: World, many: number, locks = true): Promise<Tabs> {
  const storage = sharedStorage(`browser ${browsers++}`)
  const tabs = Array.from({ length: many }, (_, at) => {
    const platform = handPlatform(world.clock, at / many)
    return openTab(
      world,
      { storage },
      locks ? platform : Object.assign(platform, { locks: undefined }),
    )
  })
  await tabs[0]?.signIn(admin)
  await Promise.all(tabs.map((tab) => tab.restore()))
  return { world, storage, tabs }
}

/** Closes them all. */
export function closeTabs({ tabs }: Tabs): void {
  for (const tab of tabs) tab.close()
}

/** Whether some answer is still to come, or to be asked for. */
export async function isOut({ world, storage }: Tabs): Promise<boolean> {
  if (world.open > 0) return true
  const stored = parseStoredSession(await storage.load())
  return stored.status === 'signed_in' && stored.refreshStartedAt !== null
}

/** The development server's user. */
export const admin = { username: 'admin', password: 'password' }

/** Where the development server greets whoever shows a good token. */
export const guarded = 'http://localhost:5000/protected'

/** Waits, in real time, until something is so: the server's threads and the run time's channels know nothing of a clock wound by hand. */
export async function until(isSo: () => boolean, what = 'it never came to be'): Promise<void> {
  for (let retryDelays = 0; !isSo(); retryDelays++) {
    if (retryDelays > 2000) throw new Error(what)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** Lets what is under way come to rest. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setTimeout(resolve, 2))
}
