import { testServer, type TestServer } from '@countersign/server/testing'
import {
  followProvider,
  startGitHub,
  startOpenIdProvider,
  upstreamClient,
} from '@countersign/testing/identity-providers'
import { fixedClock } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  openBrowser,
  type TestBrowser,
} from '../../packages/server/src/http/pages/test-browser.fixture.ts'

// Sign-in with accounts of other servers, against oidc-provider and a server that speaks OAuth as GitHub does.

const home = 'http://localhost:5000'
const kinds = [
  ['oidc-provider', 'work', startOpenIdProvider],
  ['a server like GitHub', 'github', startGitHub],
] as const

/** A server with one provider, and a browser. */
async function openWorld(
  [, name, start]: (typeof kinds)[number],
  settings: Readonly<Record<string, string>> = {},
) {
  const issuer = settings['COUNTERSIGN_ISSUER_URL'] ?? home
  const provider = await start(`${issuer}/login/with/${name}/callback`)
  const prefix = `COUNTERSIGN_FEDERATION_${name.toUpperCase()}`
  const env = {
    [`${prefix}_ISSUER`]: provider.issuer,
    [`${prefix}_CLIENT_ID`]: upstreamClient.id,
    [`${prefix}_CLIENT_SECRET`]: upstreamClient.secret,
    COUNTERSIGN_USERS_REGISTRATION: 'open',
    ...settings,
  }
  const server = await testServer(env, fixedClock(Math.floor(Date.now() / 1000))) // oidc-provider has the clock of the machine
  return {
    name,
    provider,
    server,
    browser: openBrowser(server),
    async [Symbol.asyncDispose]() {
      await server.close()
      await provider[Symbol.asyncDispose]()
    },
  }
}

/** Sends the browser to the provider, and returns the path and query with which it comes back. */
async function visitProvider(
  browser: TestBrowser,
  name: string,
  fields: Readonly<Record<string, string>> = {},
  path = `/login/with/${name}`,
): Promise<string> {
  const page = await browser.send(path, fields)
  assert.equal(page.status, 200, page.text)
  const [, url = ''] = /http-equiv="refresh" content="0; url=([^"]+)"/.exec(page.text) ?? []
  const back = await followProvider(url.replaceAll('&amp;', '&'))
  assert.equal(back.origin, home)
  return back.pathname + back.search
}

const crossSite = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }

/** Comes back from the provider, as a browser does: the first request is cross-site and has no strict cookies, the second one has. */
async function comeBack(browser: TestBrowser, path: string) {
  const first = await browser.get(path, crossSite)
  return /http-equiv="refresh"/.test(first.text)
    ? browser.get(path, { 'sec-fetch-site': 'same-origin' })
    : first
}

async function whoAmI(browser: TestBrowser): Promise<string | undefined> {
  const { path, text } = await browser.get('/account')
  return path === '/account' ? /<h1>([^<]+)<\/h1>/.exec(text)?.[1] : undefined
}

async function subjectsOf(server: TestServer) {
  return (await server.mails()).map(({ subject }) => subject)
}

for (const kind of kinds)
  test(`with ${kind[0]}, a first sign-in makes a user, the next one signs in the same`, async () => {
    await using world = await openWorld(kind)
    const { browser, name, server } = world
    const back = await visitProvider(browser, name)
    const arrived = await comeBack(browser, back)
    assert.equal(arrived.path, '/account', arrived.text)
    assert.equal(await whoAmI(browser), 'ada')
    assert.match(arrived.text, /ada@work\.example/)
    const other = openBrowser(server)
    await comeBack(other, await visitProvider(other, name, { return_to: '/account/factors' }))
    assert.equal(await whoAmI(other), 'ada')
    const replayed = await comeBack(openBrowser(server), back)
    assert.equal(replayed.status, 403)
    const again = await comeBack(browser, back)
    assert.equal(again.status, 403, 'an answer counts once')
  })

for (const kind of kinds)
  test(`with ${kind[0]}, a user links an account, signs in with it, and unlinks it`, async () => {
    await using world = await openWorld(kind, { COUNTERSIGN_USERS_REGISTRATION: 'closed' })
    const { browser, name, server } = world
    const unknown = await comeBack(browser, await visitProvider(browser, name))
    assert.equal(unknown.status, 403, 'no one has linked it')
    await browser.signIn()
    const fields = { provider: name, password: 'password' }
    const methods = '/account/sign-in-methods'
    const back = await visitProvider(browser, name, fields, `${methods}/link`)
    const linked = await comeBack(browser, back)
    assert.equal(linked.path, methods, linked.text)
    assert.match(linked.text, /The account is linked/)
    const other = openBrowser(server)
    await comeBack(other, await visitProvider(other, name))
    assert.equal(await whoAmI(other), 'admin')
    const [, identity = ''] = /name="identity" value="([^"]+)"/.exec(linked.text) ?? []
    const gone = await browser.send(`${methods}/unlink`, { identity, password: 'password' })
    assert.match(gone.text, /The account is unlinked/)
    assert.equal(await whoAmI(other), undefined, 'its sessions have ended')
    const refused = await comeBack(other, await visitProvider(other, name))
    assert.equal(refused.status, 403)
    assert.deepEqual(await subjectsOf(server), []) // admin has no address
  })

for (const kind of kinds)
  test(`with ${kind[0]}, a user who declines there comes back to the sign-in page`, async () => {
    await using world = await openWorld(kind)
    world.provider.account.declines = true
    const { browser, name } = world
    const back = await visitProvider(browser, name, { return_to: '/account/factors' })
    const declined = await comeBack(browser, back)
    assert.match(declined.path, /^\/sign-in\?return_to=%2Faccount%2Ffactors$/)
    assert.match(declined.text, /You did not sign in there/)
  })

test('below a path, the redirect URI, the button and the way back have the path', async () => {
  const settings = { COUNTERSIGN_ISSUER_URL: `${home}/auth` }
  await using world = await openWorld(kinds[0], settings)
  const { browser, name } = world
  assert.match((await browser.get('/sign-in')).text, /formaction="\/auth\/login\/with\/work"/)
  const back = await visitProvider(browser, name)
  assert.match(back, /^\/auth\/login\/with\/work\/callback\?/)
  const behindProxy = back.replace('/auth', '') // a proxy takes the path away
  const arrived = await browser.get(behindProxy, { 'sec-fetch-site': 'same-origin' })
  assert.equal(arrived.path, '/auth/account')
})

test('a user with an address gets a mail for each account that is linked or unlinked', async () => {
  await using world = await openWorld(kinds[1])
  const { browser, name, server } = world
  const fields = {
    username: 'grace',
    new_password: 'cirrus over seven lakes',
    email: 'g@example.com',
  }
  await browser.send('/sign-up', fields)
  const methods = '/account/sign-in-methods'
  const password = fields.new_password
  const back = await visitProvider(browser, name, { provider: name, password }, `${methods}/link`)
  const { text } = await comeBack(browser, back)
  const [, identity = ''] = /name="identity" value="([^"]+)"/.exec(text) ?? []
  await browser.send(`${methods}/unlink`, { identity, password })
  const subjects = await subjectsOf(server)
  assert.ok(subjects.includes('A way to sign in was added'), subjects.join())
  assert.ok(subjects.includes('A way to sign in was removed'), subjects.join())
  const [newest] = await server.mails()
  assert.match(newest?.text ?? '', /an account at GitHub was unlinked/)
})
