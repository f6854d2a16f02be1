import { inspect } from '@countersign/token'
import { scratch } from '@countersign/testing/files'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { SignInRefused } from '../../domain/authentication/hooks.ts'
import { testServer, type TestServer } from '../../testing.ts'
import { openBrowser } from '../pages/test-browser.fixture.ts'
import { password, request, signIn, withAda } from './api.fixture.ts'

const admin = { username: 'admin', password: 'password' }
const login = (server: TestServer, body: object = admin) => request(server, 'POST /login', { body })

/** Waits until a hook runs, and lets more than its five seconds pass. */
async function passTime(server: TestServer, running: () => boolean) {
  while (!running()) await setImmediate()
  server.clock.advance(6)
}

test('[24.21] the application hears of every user, however they were added, before their first tokens', async () => {
  using folder = scratch()
  const env = {
    COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/d.db`,
    COUNTERSIGN_USERS_REGISTRATION: 'open',
  }
  const elsewhere = await testServer(env) // as the command line of another process, which has no hooks
  const token = await signIn(elsewhere)
  const send = (line: string, body: object) => request(elsewhere, line, { token, body })
  await send('POST /admin/users', { username: 'added', password })
  const invited = await send('POST /admin/invitations', { roles: [] })
  const invitation = String(invited.body['token'] ?? invited.body['invitation'])
  await send('POST /register', { username: 'invited', password, invitation })
  await elsewhere.close()

  const heard: string[] = []
  const hooks = { onUserCreated: ({ name }: { readonly name: string }) => void heard.push(name) }
  await using server = await testServer(env, undefined, hooks)
  await login(server, { username: 'invited', password })
  assert.deepEqual(heard, ['invited'])
  await request(server, 'POST /register', { body: { username: 'registered', password } })
  await server.runJobs()
  await server.runJobs()
  assert.deepEqual(heard.toSorted(), ['added', 'admin', 'invited', 'registered'])
  await login(server, { username: 'registered', password })
  assert.equal(heard.length, 4)
})

for (const name of ['onUserCreated', 'onSignedIn', 'customClaims'] as const)
  for (const fault of ['throws', 'hangs'] as const)
    test(`[24.22] ${name} ${fault}: the sign-in is refused and its session ends, and the next one works`, async () => {
      let [broken, running] = [true, false]
      const hook = () => {
        if (!broken) return {}
        running = true
        if (fault === 'throws') throw new Error('the application is down')
        return new Promise<never>(() => undefined)
      }
      await using server = await testServer({}, undefined, { [name]: hook })
      const attempt = login(server)
      if (fault === 'hangs') await passTime(server, () => running)
      const { status, code, body, headers } = await attempt
      assert.deepEqual([status, code, headers.get('retry-after')], [503, 'hook_failed', '1'])
      assert.equal(body['token'], undefined)
      broken = false
      const { body: next } = await login(server)
      const token = String(next['token'])
      const { body: list } = await request(server, 'GET /sessions', { token })
      assert.equal((list['sessions'] as unknown[]).length, 1)
    })

test('[24.23] a refresh whose claims fail costs the session nothing, also long after the grace', async () => {
  let down = false
  const customClaims = () => {
    if (down) throw new Error('the application is down')
    return { plan: 'free' }
  }
  await using server = await testServer({}, undefined, { customClaims })
  const { body } = await login(server)
  const refresh = () =>
    request(server, 'POST /refresh', { body: { refresh_token: body['refresh_token'] } })
  down = true
  for (let minutes = 0; minutes < 3; minutes++) {
    assert.equal((await refresh()).code, 'hook_failed')
    server.clock.advance(60)
  }
  down = false
  const { status, body: next } = await refresh()
  assert.equal(status, 200)
  assert.equal(inspect(String(next['token'])).claims['plan'], 'free')
})

test('[24.24] claims that have a reserved name, or are too large, are signed in no token', async () => {
  for (const claims of [{ roles: ['admin'] }, { profile: 'x'.repeat(2_048) }]) {
    await using server = await testServer({}, undefined, { customClaims: async () => claims })
    const { status, body } = await login(server)
    assert.deepEqual([status, body['token'], body['code']], [503, undefined, 'hook_failed'])
  }
})

test('[24.78] a hook refuses a sign-in with its reason, in the API and on the pages, and the session ends', async () => {
  let reason = ''
  const onSignedIn = ({ name }: { readonly name: string }) => {
    if (name === 'ada') throw new SignInRefused(reason)
  }
  const { server } = await withAda({}, { onSignedIn })
  await using _ = server
  reason = `This <b>account</b>\r\nis closed${'!'.repeat(500)}`
  const { status, body } = await login(server, { username: 'ada', password })
  assert.deepEqual([status, body['code'], body['token']], [403, 'sign_in_refused', undefined])
  assert.match(String(body['message']), /: This <b>account<\/b> is closed!+$/)
  assert.ok(String(body['message']).length < 300)
  const page = await openBrowser(server).signIn('ada', password)
  assert.equal(page.status, 403)
  assert.match(page.text, /&lt;b&gt;account/)
  const token = await signIn(server)
  const { body: log } = await request(server, 'GET /admin/audit-log', { token })
  const entries = log['entries'] as { readonly type: string; readonly facts: object }[]
  const ends = entries.filter(({ type }) => type === 'session_ended')
  const expected = { reason: 'sign_in_refused' }
  assert.deepEqual(
    ends.map(({ facts }) => facts),
    [expected, expected],
  )
})

test('[24.78] a hook that is no place to refuse a sign-in fails it', async () => {
  const refuse = () => {
    throw new SignInRefused('closed')
  }
  for (const hooks of [{ onUserCreated: refuse }, { customClaims: refuse }]) {
    await using server = await testServer({}, undefined, hooks)
    assert.deepEqual((await login(server)).code, 'hook_failed')
  }
})

test('[24.25] a hook may call the server, because it holds no lock of it', async () => {
  const made: unknown[] = []
  let server: TestServer | undefined
  const onSignedIn = async ({ name }: { readonly name: string }) => {
    if (name !== 'admin' || !server) return
    const body = { username: 'friend', password }
    made.push((await request(server, 'POST /register', { body })).status)
    made.push((await login(server, body)).status)
  }
  server = await testServer({ COUNTERSIGN_USERS_REGISTRATION: 'open' }, undefined, { onSignedIn })
  await using _ = server
  assert.equal((await login(server)).status, 200)
  assert.deepEqual(made, [201, 200])
})

test('[24.26] a refused sign-in on the pages sets no cookie, and the user who was signed in stays so', async () => {
  let banned = ''
  const onSignedIn = ({ name }: { readonly name: string }) => {
    if (name === banned) throw new Error('banned')
  }
  const { server } = await withAda({}, { onSignedIn })
  await using _ = server
  const browser = openBrowser(server)
  assert.equal((await browser.signIn()).path, '/account')
  banned = 'ada'
  const before = new Map(browser.cookies)
  const refused = await browser.signIn('ada', password)
  assert.equal(refused.status, 503)
  assert.deepEqual(browser.cookies, before)
  assert.match((await browser.get('/account')).text, /admin/)
})
