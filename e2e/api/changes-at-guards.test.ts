// Every change that revokes access tokens counts at four guards, and the clients that it must not end go on without a request that fails.
// The long form, with guards in other processes and two servers: npm run bench revocation -- --only changes
import { createGuard, type Guard } from '@countersign/guard'
import { nodeGuard } from '@countersign/guard/node'
import { createServer, loadConfig } from '@countersign/server'
import { prepareSite, type Change } from '@countersign/testing/changes'
import { serving } from '@countersign/testing/guides'
import { freePort, post } from '@countersign/testing/http'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'

const timeout = 60_000 // milliseconds; it takes a few on an idle machine
const administrator = { username: 'admin', password: 'password' } // the sample user of development
const others = ['ada', 'grace', 'edith'].map((username) => ({
  username,
  password: 'correct horse battery staple',
}))

async function serveGuard(issuer: string) {
  const guard = createGuard({
    issuer,
    audience: issuer,
    apiTokens: true,
    revocation: 'feed',
    maxExplanations: 0,
    onEvent: () => undefined,
  })
  const route = nodeGuard(guard, undefined, (_, response, { roles, scopes }) => {
    response.end(JSON.stringify({ roles: [...roles], scopes: [...scopes] }))
  })
  const served = await serving((request, response) => void route(request, response))
  const close = async () => {
    guard.close()
    await served[Symbol.asyncDispose]()
  }
  return { guard, url: served.url, [Symbol.asyncDispose]: close }
}

async function until(met: () => Promise<boolean>, what: string): Promise<void> {
  const from = Date.now()
  while (!(await met())) {
    assert.ok(Date.now() - from < timeout, what)
    await setTimeout(5)
  }
}

async function make(changes: readonly Change[], guards: readonly Guard[], kind: string) {
  for (const { token } of changes)
    for (const guard of guards) assert.ok((await guard.checkToken(token)).allowed, kind)
  for (const change of changes) {
    await change.apply()
    for (const guard of guards)
      await until(async () => !(await guard.checkToken(change.token)).allowed, kind)
    assert.equal(await change.goOn(), 0, `${kind}: requests not served with the new rights`)
  }
}

const databases = [
  ['SQLite', undefined],
  ['PostgreSQL', startPostgres],
] as const
for (const [name, open] of databases)
  test(`on ${name}, changes count at four guards, and no client is stopped by them`, async (context) => {
    await using database = await open?.()
    if (open && !database) return context.skip(howToGetPostgres)
    const port = String(await freePort())
    const issuer = `http://localhost:${port}`
    const env = {
      COUNTERSIGN_HTTP_PORT: port,
      COUNTERSIGN_DATABASE_URL: (await database?.url('changes')) ?? 'sqlite::memory:',
      COUNTERSIGN_LOG_LEVEL: 'silent',
      COUNTERSIGN_LIMITS_CHANGES: '0',
      COUNTERSIGN_USERS_REGISTRATION: 'open',
    }
    await using server = await createServer(loadConfig({ mode: 'development', env }))
    await server.listen()
    const registered = await Promise.all(others.map((one) => post(`${issuer}/register`, one)))
    assert.ok(registered.every(({ status }) => status === 201))
    await using stack = new AsyncDisposableStack()
    const served = await Promise.all(Array.from({ length: 4 }, () => serveGuard(issuer)))
    for (const one of served) stack.use(one)
    const urls = served.map(({ url }) => url)
    using prepared = await prepareSite({
      issuer,
      url: issuer,
      guards: urls,
      users: [administrator, ...others],
    })
    const guards = served.map(({ guard }) => guard)
    for (const [kind, prepare] of Object.entries(prepared.kinds))
      await make(await prepare(), guards, kind)
  })
