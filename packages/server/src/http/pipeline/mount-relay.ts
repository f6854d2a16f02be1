import { Hono } from 'hono'
import type { StatusListSource } from '../../domain/revocation/status-list-source.ts'
import { live, ready } from '../api/health.ts'
import {
  answerFeed,
  answerList,
  answerLists,
  statusFeed,
  statusList,
  statusLists,
  type ListRequest,
} from '../api/status-lists.ts'
import {
  createMiddleware,
  createNotFound,
  createRequestCheck,
  type App,
  type MiddlewareOptions,
  type Observability,
} from './middleware.ts'
import { toProblem, type ProblemDeps } from './problem.ts'
import { createResponder } from './response.ts'

/** The lists of a relay, and whether they are current. */
interface RelayedLists extends StatusListSource {
  /** Rejects unless every list that is followed is current. */
  assertReady(): Promise<void>
}

const ok = { status: 'ok' }

/** The routes of a relay: those of a server's status lists and health, with the relay's own lists behind them. */
const routes = [
  { route: statusList, answer: answerList },
  { route: statusFeed, answer: answerFeed },
  { route: statusLists, answer: answerLists },
  { route: live, answer: () => ok },
  { route: ready, answer: (relay: RelayedLists) => relay.assertReady().then(() => ok) },
] as const

/** Mounts the routes of a relay on a Hono application. They are public and have no limits: connections and followers have. */
export function mountRelay(
  relay: RelayedLists,
  runtime: Observability & ProblemDeps,
  options: MiddlewareOptions,
): App {
  const app: App = new Hono()
  const respond = createResponder()
  const endpoints = routes.map(({ route }) => route)
  app.use(createMiddleware(options, endpoints, runtime))
  app.use(createRequestCheck(options))
  for (const { route, answer } of routes)
    app.on(route.method, route.path, async (c) => {
      c.set('route', route)
      const { raw: request } = c.req
      const address = options.addresses.of(c.env, (name) => request.headers.get(name))
      const input: ListRequest = { request, params: c.req.param(), client: { address } }
      return respond(route, input, await answer(relay, input))
    })
  app.notFound(createNotFound(endpoints, runtime))
  app.onError((error, c) => toProblem({ error }, c.var, runtime))
  return app
}
