import { createServer, loadConfig, type Server } from '@countersign/server'
import { freePort } from './http.ts'
import { findPostgresSkip, startPostgres } from './postgres.ts'
import assert from 'node:assert/strict'
import { after, before } from 'node:test'

/** The databases on which the clients are tested, each with why it is skipped: a function opens one, or returns `undefined` if there is no PostgreSQL. */
export const databases = [
  ['SQLite', async () => ({ url: 'sqlite::memory:', close: async () => {} }), false],
  [
    'PostgreSQL',
    async () => {
      const database = await startPostgres()
      if (!database) return undefined
      const close = async () => database[Symbol.asyncDispose]()
      return { url: await database.url('oauth'), close }
    },
    findPostgresSkip(),
  ],
] as const

/** Opens a database of {@link databases}. */
export type OpenDatabase = (typeof databases)[number][1]

/**
 * Opens a database and a world on it before the tests of a suite, and closes both after them. Returns a function that gives the world to a test. Skip
 * the suite as {@link databases} says.
 */
export function worldFor<World extends { close(): Promise<void> }>(
  open: OpenDatabase,
  openWorld: (database: string) => Promise<World>,
): () => World {
  const cleanUp = new AsyncDisposableStack()
  let world: World | undefined
  before(async () => {
    const database = await open()
    assert.ok(database)
    cleanUp.defer(database.close)
    const opened = await openWorld(database.url)
    cleanUp.defer(() => opened.close())
    world = opened
  })
  after(() => cleanUp.disposeAsync())
  return () => {
    assert.ok(world, 'tests alone use it')
    return world
  }
}

/** The audience of the API that applications ask for. */
export const audience = 'https://notes.example'

/** The user who signs in. */
export const user = { username: 'ada', password: 'correct horse battery', email: 'ada@example.com' }

/** A server with sockets, the user ada, an API, and a way to add applications. */
export interface OAuthWorld {
  readonly issuer: string
  readonly server: Server
  /** Adds an application, and returns its id and its secret. */
  add(
    given: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly id: string; readonly secret: string }>
  call(
    method: string,
    path: string,
    body?: object,
    token?: string,
  ): Promise<Readonly<Record<string, unknown>>>
  close(): Promise<void>
}

/** Starts the server on a database, with more settings. */
export async function openOAuthWorld(
  database: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<OAuthWorld> {
  const port = await freePort()
  const config = loadConfig({
    mode: 'development',
    env: {
      COUNTERSIGN_DATABASE_URL: database,
      COUNTERSIGN_HTTP_PORT: String(port),
      COUNTERSIGN_LOG_LEVEL: 'silent',
      COUNTERSIGN_KEYS_ALGORITHMS: 'ES256, RS256',
      ...settings,
    },
  })
  const server = await createServer(config)
  await server.listen()
  const issuer = `http://localhost:${port}`
  const call: OAuthWorld['call'] = async (method, path, body, token) => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const response = await fetch(issuer + path, {
      method,
      headers: { 'content-type': 'application/json', ...authorization },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return (text === '' ? {} : JSON.parse(text)) as Readonly<Record<string, unknown>>
  }
  const signedIn = await call('POST', '/login', { username: 'admin', password: 'password' })
  const token = String(signedIn['token'])
  await call('POST', '/admin/users', user, token)
  await call('POST', '/admin/resources', { audience, scopes: ['notes:read'] }, token)
  return {
    issuer,
    server,
    call,
    async add(given) {
      const made = await call('POST', '/admin/clients', given, token)
      assert.equal(typeof made['id'], 'string', JSON.stringify(made))
      return { id: String(made['id']), secret: String(made['client_secret'] ?? '') }
    },
    close: () => server.close(),
  }
}

/** The page at which a browser has arrived. */
export interface Arrival {
  readonly url: URL
  readonly status: number
  readonly text: string
}

/** A browser without script: it keeps the cookies of each origin, follows redirects, signs ada in, and agrees. */
export function openBrowser(issuer: string) {
  const jars = new Map<string, Map<string, string>>()

  /** Sends a request and follows redirects, until one leads to `stopAt`, an address where nothing listens. */
  async function request(
    address: string,
    {
      form,
      stopAt,
    }: { readonly form?: Readonly<Record<string, string>>; readonly stopAt?: string } = {},
  ): Promise<Arrival> {
    const url = new URL(address)
    const jar = jars.get(url.origin) ?? new Map<string, string>()
    jars.set(url.origin, jar)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        cookie,
        'sec-fetch-site': 'same-origin',
        'sec-fetch-mode': 'navigate',
      },
      ...(form && { body: new URLSearchParams(form) }),
    })
    for (const line of response.headers.getSetCookie()) keep(jar, line)
    const text = await response.text()
    const to = response.headers.get('location')
    if (to === null) return { url, status: response.status, text }
    const next = new URL(to, url)
    if (stopAt !== undefined && next.href.startsWith(stopAt))
      return { url: next, status: response.status, text }
    return request(next.href, stopAt === undefined ? {} : { stopAt })
  }

  /** Opens an address that leads to the authorization endpoint, signs ada in if it must, and agrees if she is asked. */
  async function signInTo(address: string, stopAt?: string): Promise<Arrival> {
    const more = stopAt === undefined ? {} : { stopAt }
    let arrived = await request(address, more)
    if (arrived.url.href.startsWith(`${issuer}/sign-in`)) {
      const { username, password } = user
      const form = {
        username,
        password,
        return_to: arrived.url.searchParams.get('return_to') ?? '',
      }
      arrived = await request(`${issuer}/sign-in`, { form, ...more })
    }
    if (arrived.url.href.startsWith(`${issuer}/oauth/authorize`)) {
      assert.equal(arrived.status, 200, arrived.text)
      const asked = /name="user" value="([^"]+)"/.exec(arrived.text)?.[1] ?? ''
      const form = { user: asked, decision: 'allow' }
      arrived = await request(arrived.url.href, { form, ...more })
    }
    return arrived
  }

  return { request, signInTo }
}

function keep(jar: Map<string, string>, line: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
  if (/Max-Age=0\b/i.test(line)) jar.delete(name)
  else jar.set(name, value)
}
