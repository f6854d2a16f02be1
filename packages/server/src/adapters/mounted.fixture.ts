import { expressGuard } from '@countersign/guard/express'
import { fastifyGuard } from '@countersign/guard/fastify'
import { fetchGuard } from '@countersign/guard/fetch'
import { honoGuard } from '@countersign/guard/hono'
import { freePort } from '@countersign/testing/http'
import { serve } from '@hono/node-server'
import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createAuth, type Auth } from '../create-auth.ts'
import { testHasher } from '../platform/crypto/test-hasher.ts'
import type { Ports } from '../server-interface.ts'
import { expressAuth } from './express.ts'
import { fastifyAuth } from './fastify.ts'
import { honoAuth } from './hono.ts'

// An application in each framework, with an auth server in it: `/`, `/notes` behind the guard, and a file below `/assets`.

type Close = () => Promise<void>
type Launch = (auth: Auth, port: number) => Promise<Close>

const file = '/assets/images/logo.svg'

const closeServer = (server: Server) => async () => {
  server.close()
  server.closeIdleConnections() // those of `fetch`, which keeps them
  if (server.listening || server.connections) await once(server, 'close')
}

/** Runs the application in each framework. */
export const launchers: Readonly<Record<'hono' | 'express' | 'fastify' | 'fetch', Launch>> = {
  hono: (auth, port) => {
    const app = new Hono()
    app.use(honoAuth(auth))
    app.get('/', (c) => c.text('home'))
    app.get(file, (c) => c.text('logo'))
    app.get('/notes', honoGuard(auth.guard), (c) => c.json({ owner: c.var.principal.subject }))
    return serveFetch(app.fetch, port)
  },
  async express(auth, port) {
    const app = express()
    app.use(expressAuth(auth))
    app.use(express.json())
    app.get('/', (_, response) => void response.send('home'))
    app.get(file, (_, response) => void response.send('logo'))
    app.get('/notes', expressGuard(auth.guard), (request, response) => {
      response.json({ owner: auth.guard.principalOf(request).subject })
    })
    const server = app.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return closeServer(server)
  },
  async fastify(auth, port) {
    const app = fastify()
    app.register(fastifyAuth(auth))
    app.get('/', () => 'home')
    app.get(file, () => 'logo')
    app.get('/notes', { onRequest: fastifyGuard(auth.guard) }, (request) => ({
      owner: auth.guard.principalOf(request).subject,
    }))
    await app.listen({ port, host: '127.0.0.1' })
    return () => app.close()
  },
  fetch(auth, port) {
    const notes = fetchGuard(auth.guard, undefined, (_, { subject }) =>
      Response.json({ owner: subject }),
    )
    const handle = (request: Request, address: string | undefined) => {
      const { pathname } = new URL(request.url)
      if (auth.owns(pathname)) return auth.fetch(request, { address })
      if (pathname === '/notes') return notes(request)
      if (pathname === file) return new Response('logo')
      return new Response('home', { status: pathname === '/' ? 200 : 404 })
    }
    return serveFetch((request, env) => handle(request, addressIn(env)), port)
  },
}

function addressIn(env: object): string | undefined {
  const { incoming } = env as { readonly incoming: { readonly socket: { remoteAddress?: string } } } // as @hono/node-server passes it
  return incoming.socket.remoteAddress
}

async function serveFetch(
  fetch: (request: Request, env: object) => Response | Promise<Response>,
  port: number,
): Promise<Close> {
  const server = serve({ fetch, port, hostname: '127.0.0.1' }) as Server // without options for another kind, it is of node:http
  await once(server, 'listening')
  return closeServer(server)
}

/** An application that runs. */
export interface Application extends AsyncDisposable {
  readonly auth: Auth
  /** The origin of the application. */
  readonly origin: string
  /** The URL of Countersign in it. */
  readonly url: string
  /** Closes the application, and Countersign with it. */
  close(): Promise<void>
}

/** Starts an application in a framework, with Countersign at a path. */
export async function startApplication(
  framework: keyof typeof launchers,
  path: string,
  { env = {}, ...ports }: Partial<Ports> & { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Application> {
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const url = origin + path
  const settings = {
    COUNTERSIGN_DATABASE_URL: 'sqlite::memory:',
    COUNTERSIGN_LOG_LEVEL: 'silent',
    COUNTERSIGN_USERS_REGISTRATION: 'open',
    ...env,
  }
  const auth = await createAuth(
    { url, mode: 'development', env: settings },
    { hasher: testHasher, ...ports },
  )
  const stop = await launchers[framework](auth, port)
  const close = async () => {
    await Promise.all([auth.close(), stop()])
  }
  return { auth, origin, url, close, [Symbol.asyncDispose]: close }
}
