import { Hono } from 'hono'
import { getPath } from 'hono/utils/url'
import type { Services } from './services.ts'
import type { Page, PageInput } from '../pages/page.ts'
import { assetPath, createPages } from '../pages/mount-pages.ts'
import { createAccess } from './access.ts'
import { wantsPage } from './error-page.ts'
import {
  createMiddleware,
  createNotFound,
  matches,
  createRequestCheck,
  type App,
  type Endpoint,
  type MiddlewareOptions,
} from './middleware.ts'
import type { MountPath } from './mount-path.ts'
import { toProblem } from './problem.ts'
import { createLimiter } from './rate-limit.ts'
import { createResponder } from './response.ts'
import type { Route } from './route.ts'
import { serveRoute } from './serve-route.ts'

/** The options of {@link mount}. */
export interface MountOptions extends MiddlewareOptions {
  /** Check each answer against its shape, and each failure against the route's list; for development and tests. */
  readonly strict: boolean
  /** The pages for people; none where pages are disabled. */
  readonly pages?: readonly Page[] | undefined
  /** The settings in force, as the console shows them to administrators. */
  readonly settings?: PageInput['settings']
  /** The addresses inside an application; without it, a proxy has removed the path of the issuer's URL. */
  readonly mountPath?: MountPath | undefined
}

/** Routes and pages on one Hono application. */
export interface Mounted {
  readonly app: App
  /** Returns whether requests for an address are for this server, and not for the application that it lives in. */
  owns(pathname: string): boolean
}

/** Mounts routes and pages on one Hono application; each request runs through the steps of `handleRequest`. */
export function mount(routes: readonly Route[], runtime: Services, options: MountOptions): Mounted {
  const { mountPath } = options
  const app: App = new Hono(
    mountPath && { getPath: (request) => mountPath.inside(getPath(request)) ?? outside },
  )
  const origins = [options.ownOrigin, ...options.origins]
  const access = createAccess(runtime, { name: options.cookieNames.access, origins })
  const limiter = createLimiter(runtime)
  const pipeline = { ...options, access, respond: createResponder(), limiter, runtime }
  const pages =
    options.pages && createPages(options.pages, { settings: [], ...options, runtime, limiter })
  const endpoints = [...routes, ...(pages?.endpoints ?? [])]
  app.use(createMiddleware({ ...options, errorPage: pages?.errorPage }, endpoints, runtime))
  app.use(createRequestCheck(options))
  for (const one of routes)
    app.on(one.method, one.path, (c, next) =>
      hasPage(one, options) && wantsPage(c.req.raw) ? next() : serveRoute(one, c, pipeline),
    )
  pages?.mountOn(app)
  app.notFound(createNotFound(endpoints, runtime))
  app.onError((error, c) => toProblem({ error }, c.var, runtime))
  const isOwnAtRoot = createPathTest(endpoints)
  return {
    app,
    owns(pathname) {
      const path = mountPath?.inside(pathname)
      if (path === undefined || mountPath?.prefix !== '') return path !== undefined
      return isOwnAtRoot(path) || (pages?.isAsset(path) ?? false)
    },
  }
}

/**
 * Creates the test of paths that are Countersign's at the root of a host: those of its endpoints, but for the home page and assets. Assets are known by their
 * names, because an application may have a folder `/assets` too. It runs for each request to the application.
 */
function createPathTest(endpoints: readonly Endpoint[]): (path: string) => boolean {
  const paths = endpoints.map((one) => one.path).filter((one) => one !== assetPath && one !== '/')
  const fixed = new Set(paths)
  const patterns = [...fixed].filter((one) => one.includes(':')).map((one) => one.split('/'))
  const byLength = Map.groupBy(patterns, ({ length }) => length)
  return (path) => {
    if (fixed.has(path)) return true
    const segments = path.split('/')
    return byLength.get(segments.length)?.some((one) => matches(one, segments)) ?? false
  }
}

/** The path of a request for an address outside of this server: no route has it, also if the rest of the address is that of one. */
const outside = '/outside of the mount'

/** Returns whether a page has the same address, for people who open it with a browser. */
function hasPage({ method, path }: Route, { pages = [] }: MountOptions): boolean {
  return method === 'GET' && pages.some((page) => page.path === path)
}
