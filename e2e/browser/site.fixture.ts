import type { Session } from '@countersign/client'
import { createServer, loadConfig, type Server } from '@countersign/server'
import { testServer } from '@countersign/server/testing'
import type { FixedClock } from '@countersign/token/testing'
import { createAdaptorServer, type ServerType } from '@hono/node-server'
import { once } from 'node:events'
import type { BrowserContext, Page } from 'playwright-core'
import { bundleForBrowser } from '@countersign/testing/browser-bundle'
import { scratch } from '@countersign/testing/files'
import { freePort } from '@countersign/testing/http'

// The globals of a site's page, which tests use.
declare global {
  /** The session of the page. */
  var session: Session
  /** Advances the page's clock. */
  var advanceClock: (seconds: number) => void
}

/** Handles a request before the server, as a faulty network would: it may drop, delay or replace it. */
export type Interceptor = (request: Request, forward: () => Promise<Response>) => Promise<Response>

/** A page with a client in it, and its server: real sockets, a real database. */
export interface Site extends AsyncDisposable {
  readonly url: string
  /** The requests that reached the server, such as `POST /refresh`. */
  readonly requests: string[]
  countRequests(line: string): number
  /** Intercepts each request from now on; `undefined` forwards all of them. */
  interceptor: Interceptor | undefined
  /** Stops the server and closes its sockets. */
  stop(): Promise<void>
  /** Starts it again on the same database. */
  start(): Promise<void>
  /** Opens the page in a new tab. */
  open(context: BrowserContext): Promise<Page>
}

/** The options of {@link openSite}. */
export interface SiteOptions {
  /** The clock of the server and of pages; real time by default. */
  readonly clock?: FixedClock
  readonly mode?: 'bearer' | 'cookie'
  readonly env?: Readonly<Record<string, string>>
  /** The error of the pages' clocks, in seconds. */
  readonly skew?: number
  /** The port, when a test must know it beforehand. */
  readonly port?: number
  /** The URL of the server, when another site serves the page. */
  readonly server?: string
}

/** Starts a site. */
export async function openSite(options: SiteOptions = {}): Promise<Site> {
  const { clock, mode = 'bearer', skew = 0 } = options
  const folder = scratch()
  const port = options.port ?? (await freePort())
  const url = `http://localhost:${port}`
  const env = {
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/development.db`,
    COUNTERSIGN_LOG_LEVEL: 'silent',
    ...options.env,
  }
  const script = await bundleForBrowser()
  const page = pageOf(
    `{ url: '${options.server ?? url}', mode: '${mode}', storage: browserStorage() }`,
  )
  const requests: string[] = []
  let running: { readonly server: Server; readonly sockets: ServerType } | undefined

  const respond = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url)
    if (pathname === '/page') return typed(page, 'text/html')
    if (pathname === '/client.js') return typed(script, 'text/javascript')
    requests.push(`${request.method} ${pathname}`)
    const forward = async () => running?.server.fetch(request) ?? new Response('', { status: 502 })
    return site.interceptor ? site.interceptor(request, forward) : forward()
  }
  const site: Site = {
    url,
    requests,
    countRequests: (line) => requests.filter((request) => request === line).length,
    interceptor: undefined,
    async start() {
      const server = clock
        ? await testServer(env, clock)
        : await createServer(loadConfig({ mode: 'development', env }))
      const sockets = createAdaptorServer({ fetch: respond, overrideGlobalObjects: false })
      running = { server, sockets }
      sockets.listen(port, 'localhost')
      await once(sockets, 'listening')
    },
    async stop() {
      if (!running) return
      const { server, sockets } = running
      running = undefined
      sockets.close()
      if ('closeAllConnections' in sockets) sockets.closeAllConnections()
      await server.close()
    },
    async open(context) {
      const tab = await context.newPage()
      tab.setDefaultTimeout(90_000) // other tests run in parallel
      await tab.addInitScript(setClock, { at: clock?.now(), skew })
      await tab.goto(`${url}/page`)
      await tab.waitForFunction('globalThis.session !== undefined')
      return tab
    },
    async [Symbol.asyncDispose]() {
      await site.stop()
      folder[Symbol.dispose]()
    },
  }
  await site.start()
  return site
}

const typed = (body: string, type: string) =>
  new Response(body, { headers: { 'content-type': type } })

const pageOf = (options: string) => `<!doctype html><title>Page</title><script type="module">
import { browserStorage, createSession } from '/client.js'
globalThis.session = createSession(${options})
</script>`

/** Runs in the page before any other script: replaces its clock by a fixed one that tests advance, or by a wrong one. */
function setClock({ at, skew }: { readonly at: number | undefined; readonly skew: number }): void {
  const real = Date.now.bind(Date)
  let offset = skew * 1000
  globalThis.advanceClock = (seconds) => {
    offset += seconds * 1000
  }
  Date.now = () => (at === undefined ? real() : at * 1000) + offset
}

/** The sample user of the development server. */
export const admin = { username: 'admin', password: 'password' }

/** Signs in as the sample user. */
export async function signIn(page: Page): Promise<void> {
  await page.evaluate((user) => session.signIn(user), admin)
}

/** Fetches the guarded route in a page, and returns the status, or the code of the failure. */
export async function fetchProtected(page: Page, path = '/protected'): Promise<number | string> {
  return page.evaluate(async (address) => {
    try {
      return (await session.fetch(address)).status
    } catch (error) {
      return String((error as { code?: unknown }).code ?? error)
    }
  }, path)
}

/** Restores the session of a page, and returns its status, or the reason for being signed out. */
export async function sessionStatus(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const state = await session.restore()
    return state.status === 'signed_out' ? state.reason : state.status
  })
}

/** Advances the clocks of the server and of pages. */
export async function advanceClocks(
  clock: FixedClock,
  pages: readonly Page[],
  by: number,
): Promise<void> {
  clock.advance(by)
  await Promise.all(pages.map((page) => page.evaluate((seconds) => advanceClock(seconds), by)))
}
