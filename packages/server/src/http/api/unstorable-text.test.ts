import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type * as z from 'zod'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { testServer, type TestServer } from '../../testing.ts'
import { developmentPages } from '../pages/pages.ts'
import { openBrowser } from '../pages/test-browser.fixture.ts'
import type { Route } from '../pipeline/route.ts'
import { developmentRoutes, routes } from './routes.ts'

// PostgreSQL stores no NUL in text, and neither database stores half of a surrogate pair. No such text from a caller may reach them.

const unstorable = ['\0', 'a\0b', '\ud800', 'a\udfffb'] as const
const cursorOf = (end: unknown) => Buffer.from(JSON.stringify(end)).toString('base64url')
const cursors = [
  ...unstorable.flatMap((text) => [cursorOf(text), cursorOf([1, text]), cursorOf([text, text])]),
  ...[Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 1e300].flatMap((at) => [
    cursorOf(at),
    cursorOf([at, 'x']),
  ]),
  Buffer.from('[1,"\0"]').toString('base64url'),
]

/** A value with each of its texts replaced in turn. */
function* spoilt(value: unknown, by: string): Generator<unknown> {
  if (typeof value === 'string') yield by
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value))
    for (const one of spoilt(member, by))
      yield Array.isArray(value) ? value.with(Number(name), one) : { ...value, [name]: one }
}

/** The example of a route, with something for every member that its shape has. */
function wholeBody({ body, example }: Route): unknown {
  const inner = (body as { unwrap?: () => z.ZodType } | undefined)?.unwrap?.() ?? body
  const { shape = {} } = (inner ?? {}) as { shape?: Readonly<Record<string, z.ZodType>> }
  const texts = Object.entries(shape).filter(([, one]) => one.safeParse('x').success)
  return { ...Object.fromEntries(texts.map(([name]) => [name, 'x'])), ...(example.body as object) }
}

interface Sent {
  readonly method: string
  readonly path: string
  readonly body?: unknown
}

/** Everything that a route takes, spoilt. */
function* sentTo(one: Route): Generator<Sent> {
  const { method, path, example } = one
  const params = (example.params ?? {}) as Readonly<Record<string, string>>
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => params[name] ?? '1')
  const body = one.body ? wholeBody(one) : undefined
  for (const by of unstorable)
    for (const spoiltBody of spoilt(body, by)) yield { method, path: filled, body: spoiltBody }
  for (const by of ['%00', 'a%00b', '%ED%A0%80', '9'.repeat(30), '-1']) {
    if (path.includes(':')) yield { method, path: path.replaceAll(/:\w+/g, by), body }
    for (const name of Object.keys((one.query as z.ZodObject | undefined)?.shape ?? {}))
      yield { method, path: `${filled}?${name}=${by}`, body }
  }
  if (one.query) for (const cursor of cursors) yield { method, path: `${filled}?cursor=${cursor}` }
}

const everything = {
  COUNTERSIGN_USERS_REGISTRATION: 'open',
  COUNTERSIGN_LIMITS_ATTEMPTS: '0',
  COUNTERSIGN_LIMITS_CHANGES: '0',
  COUNTERSIGN_LIMITS_MAX_ATTEMPT_DELAY: '0',
}

async function askAll(server: TestServer): Promise<readonly string[]> {
  const fieldErrors: string[] = []
  const request = async ({ method, path, body }: Sent, authorization = '') => {
    const headers = { 'content-type': 'application/json', authorization }
    const json = body === undefined ? {} : { body: JSON.stringify(body) }
    return server.fetch(new Request(`http://localhost${path}`, { method, headers, ...json }))
  }
  const login = {
    method: 'POST',
    path: '/login',
    body: { username: 'admin', password: 'password' },
  }
  const bearer = async () =>
    `Bearer ${((await (await request(login)).json()) as { token: string }).token}`
  for (const username of unstorable) {
    const answer = await request({ ...login, body: { username, password: 'password' } })
    const { code } = (await answer.json()) as { code?: string }
    assert.deepEqual([answer.status, code], [401, 'credentials_wrong'], 'like any unknown user')
  }
  let authorization = await bearer()
  const seen = new Map<number, number>()
  for (const one of [...routes, ...developmentRoutes])
    for (const sent of sentTo(one)) {
      let { status } = await request(sent, authorization)
      if (status === 401 && one.access !== 'public') {
        authorization = await bearer() // what was sent before has ended the session
        ;({ status } = await request(sent, authorization))
      }
      if (status >= 500) fieldErrors.push(`${status} ${JSON.stringify(sent)}`)
      seen.set(status, (seen.get(status) ?? 0) + 1)
    }
  assert.ok((seen.get(400) ?? 0) > 100 && (seen.get(404) ?? 0) > 1, JSON.stringify([...seen]))
  return fieldErrors
}

const texts = ['%00', 'a%00b', '%ED%A0%80'] as const

async function surfAll(server: TestServer): Promise<readonly string[]> {
  const fieldErrors: string[] = []
  const admin = openBrowser(server)
  await admin.signIn()
  for (const page of developmentPages) {
    const names = ['cursor', 'name', 'user', 'type', 'before', 'return_to']
    const queries = texts.flatMap((text) => names.map((name) => `${name}=${text}`))
    for (const query of [...queries, ...cursors.map((one) => `cursor=${one}`)]) {
      const { status } = await admin.get(`${page.path.replaceAll(/:\w+/g, 'x')}?${query}`)
      if (status >= 500) fieldErrors.push(`${status} ${page.path} ${query}`)
    }
    for (const text of page.path.includes(':') ? texts : []) {
      const { status } = await admin.get(page.path.replaceAll(/:\w+/g, text))
      if (status >= 500) fieldErrors.push(`${status} ${page.path} ${text}`)
    }
    for (const one of page.forms ?? [])
      for (const name of Object.keys((one.fields as z.ZodObject).shape))
        for (const text of ['\0', 'a\0b']) {
          const path = one.path.replaceAll(/:\w+/g, 'x')
          const others = Object.fromEntries(
            Object.keys((one.fields as z.ZodObject).shape).map((other) => [other, 'x']),
          )
          let seen = await admin.send(path, { ...others, [name]: text })
          if (seen.path.startsWith('/sign-in')) {
            await admin.signIn()
            seen = await admin.send(path, { ...others, [name]: text })
          }
          if (seen.status >= 500) fieldErrors.push(`${seen.status} ${path} ${name}`)
        }
  }
  return fieldErrors
}

suite('text that no database keeps gets a no, from every route and every page', async () => {
  test('on SQLite', async () => {
    await using server = await testServer(everything)
    assert.deepEqual([await askAll(server), await surfAll(server)], [[], []])
  })

  test('on PostgreSQL', async (t) => {
    await using database = await startPostgres()
    if (!database) return t.skip(howToGetPostgres)
    await using server = await testServer({
      ...everything,
      COUNTERSIGN_DATABASE_URL: await database.url('unstorable'),
    })
    assert.deepEqual([await askAll(server), await surfAll(server)], [[], []])
  })
})
