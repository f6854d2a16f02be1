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

// What the page of a site has for its scripts, which stories reach into.
declare global {
  /** The session of the page. */
  var session: Session
  /** Winds the page's clock. */
  var wind: (seconds: number) => void
}

/** What a story does to a request on its way. */
export type Road = (request: Request, onward: () => Promise<Response>) => Promise<Response>

/** A page with a client in it, and the server it is served by: real sockets, a real database. */
export interface Site extends AsyncDisposable {
  readonly url: string
  /** Each request to the server itself, as `POST /refresh`. */
  readonly seen: string[]
  count(line: string): number
  /** Changes the road from now on; without one, it is open. */
  road: Road | undefined
  /** Stops the server, sockets and all. */
  stop(): Promise<void>
  /** Starts it again, on what it has kept. */
  start(): Promise<void>
  /** Opens the page in a new tab. */
  open(context: BrowserContext): Promise<Page>
}

/** How a site is made. */
export interface SiteOptions {
  /** With one, the server goes by it and so do pages; without, all go by real time. */
  readonly clock?: FixedClock
  readonly mode?: 'bearer' | 'cookie'
  readonly env?: Readonly<Record<string, string>>
  /** How wrong the clocks of pages are, in seconds. */
  readonly skew?: number
  /** Where it listens, when that has to be known before. */
  readonly port?: number
  /** Where the server is, when the page is not its own. */
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
  const seen: string[] = []
  let running: { readonly server: Server; readonly sockets: ServerType } | undefined

  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url)
    if (pathname === '/page') return typed(page, 'text/html')
    if (pathname === '/client.js') return typed(script, 'text/javascript')
    seen.push(`${request.method} ${pathname}`)
    const onward = async () => running?.server.fetch(request) ?? new Response('', { status: 502 })
    return site.road ? site.road(request, onward) : onward()
  }
  const site: Site = {
    url,
    seen,
    count: (line) => seen.filter((one) => one === line).length,
    road: undefined,
    async start() {
      const server = clock
        ? await testServer(env, clock)
        : await createServer(loadConfig({ mode: 'development', env }))
      const sockets = createAdaptorServer({ fetch: answer, overrideGlobalObjects: false })
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
      tab.setDefaultTimeout(90_000) // a machine that runs other tests beside this one takes its time
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

/** Runs in the page, before anything else: its clock stands where it is wound to, or is wrong by as much as is wanted. */
function setClock({ at, skew }: { readonly at: number | undefined; readonly skew: number }): void {
  const real = Date.now.bind(Date)
  let wound = skew * 1000
  globalThis.wind = (seconds) => {
    wound += seconds * 1000
  }
  Date.now = () => (at === undefined ? real() : at * 1000) + wound
}

/** The development server's user. */
export const admin = { username: 'admin', password: 'password' }

/** Signs in, in a page. */
export async function signIn(page: Page): Promise<void> {
  await page.evaluate((who) => session.signIn(who), admin)
}

/** Asks the guarded route in a page, and answers the status, or the code of the failure. */
export async function ask(page: Page, path = '/protected'): Promise<number | string> {
  return page.evaluate(async (address) => {
    try {
      return (await session.fetch(address)).status
    } catch (error) {
      return String((error as { code?: unknown }).code ?? error)
    }
  }, path)
}

/** What a page says of its session. */
export async function stateOf(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const state = await session.restore()
    return state.status === 'signed_out' ? state.reason : state.status
  })
}

/** Winds the clock of the server and of pages. */
export async function windAll(
  clock: FixedClock,
  pages: readonly Page[],
  by: number,
): Promise<void> {
  clock.advance(by)
  await Promise.all(pages.map((page) => page.evaluate((seconds) => wind(seconds), by)))
}
