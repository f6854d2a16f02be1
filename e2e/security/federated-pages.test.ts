import { followProvider } from '@countersign/testing/identity-providers'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request, signIn } from '../../packages/server/src/http/api/api.fixture.ts'
import {
  accessCookie,
  answerConsent,
} from '../../packages/server/src/http/pages/test-browser.fixture.ts'
import { comeBack, openWorld, visit } from './federated-world.fixture.ts'

// Attacks on sign-in with identity providers by other sites, and what the pages keep of a sign-in on its way.

test('[24.67] an open redirect: return_to leads to this site only', async () => {
  await using world = await openWorld()
  for (const target of [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    'javascript:x',
  ]) {
    const browser = world.newBrowser()
    const back = await visit(browser, 'evil', { return_to: target })
    assert.equal((await comeBack(browser, back)).path, '/account', target)
  }
})

test('[24.68] another site begins no sign-in, and links no account', async () => {
  await using world = await openWorld()
  const browser = world.newBrowser()
  const cross = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
  assert.equal((await browser.send('/login/with/evil', {}, cross)).status, 403)
  await browser.signIn()
  const methods = '/account/sign-in-methods'
  const fields = { provider: 'evil', password: 'password' }
  assert.equal((await browser.send(`${methods}/link`, fields, cross)).status, 403)
  // The attacker begins to link in their own session, and has the victim finish it.
  const attacker = world.newBrowser()
  await attacker.signIn()
  const page = await attacker.send(`${methods}/link`, fields)
  const [, url = ''] = /content="0; url=([^"]+)"/.exec(page.text) ?? []
  const { pathname, search } = await followProvider(url.replaceAll('&amp;', '&'))
  assert.equal((await comeBack(browser, pathname + search)).status, 403)
  const answer = await comeBack(attacker, pathname + search)
  assert.equal(answer.path, methods, 'it is the attacker’s own to finish')
})

test('[24.69] two tabs sign in next to each other, and each goes where it wanted', async () => {
  await using world = await openWorld()
  const browser = world.newBrowser()
  const first = await visit(browser, 'evil', { return_to: '/account/factors' })
  const second = await visit(browser, 'good', { return_to: '/account/tokens' })
  assert.equal((await comeBack(browser, second)).path, '/account/tokens')
  assert.equal((await comeBack(browser, first)).path, '/account/factors')
})

const methods = '/account/sign-in-methods'

test('[24.70] the request of an application survives a sign-in with a provider', async () => {
  await using world = await openWorld()
  const { server } = world
  const token = await signIn(server)
  const redirect = 'https://app.example/callback'
  const body = { name: 'app', redirect_uris: [redirect], public: true, scopes: ['openid'] }
  const { body: client } = await request(server, 'POST /admin/clients', { token, body })
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: String(client['id']),
    redirect_uri: redirect,
    scope: 'openid',
    state: 'of the application',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })
  const browser = world.newBrowser()
  const asked = await browser.get(`/oauth/authorize?${query}`)
  assert.match(asked.path, /^\/sign-in\?/)
  const [, back = ''] = /name="return_to" value="([^"]+)"/.exec(asked.text) ?? []
  const returned = await comeBack(
    browser,
    await visit(browser, 'good', { return_to: back.replaceAll('&amp;', '&') }),
  )
  assert.match(returned.path, /^\/oauth\/authorize\?/)
  assert.match(returned.text, /of the application|name="decision" value="allow"/)
  const allowed = await answerConsent(browser, returned, 'allow')
  const answer = new URL(allowed.path)
  assert.equal(answer.origin + answer.pathname, redirect)
  assert.equal(answer.searchParams.get('state'), 'of the application')
  assert.ok(answer.searchParams.get('code'))
})

test('[24.71] a user who must have a second factor adds it before a provider signs them in', async () => {
  await using world = await openWorld({ COUNTERSIGN_FACTORS_REQUIRED_FOR: '*' })
  const browser = world.newBrowser()
  const back = await visit(browser, 'good', { return_to: '/account/tokens' })
  const asked = await comeBack(browser, back)
  assert.equal(asked.path, '/sign-in/factor?return_to=%2Faccount%2Ftokens')
  assert.match(asked.text, /must have a second factor/)
  assert.equal(browser.cookies.has(accessCookie), false)
  assert.match((await browser.get('/account')).path, /^\/sign-in/)
})

test('[24.72] a user without a password changes nothing later than five minutes after a sign-in', async () => {
  await using world = await openWorld()
  const browser = world.newBrowser()
  await comeBack(browser, await visit(browser, 'good'))
  const { text } = await browser.get(methods)
  assert.match(text, /The only way to sign in/)
  const [, identity = ''] = /id_[\w-]{22}/.exec(text) ?? []
  world.server.clock.advance(301)
  const next = { current_password: 'none', new_password: 'cirrus over seven lakes' }
  const late = await browser.send('/account/password', next)
  assert.match(late.path, /^\/account\/confirm/)
  assert.match(late.text, /Continue with good/)
  assert.doesNotMatch(late.text, /type="password"/)
  for (const [path, fields] of [
    ['/account/email', { email: 'x@example.com', password: 'none' }],
    ['/account/delete', { password: 'none' }],
    [`${methods}/link`, { provider: 'evil', password: 'none' }],
    [`${methods}/unlink`, { identity, password: 'none' }],
    ['/account/tokens', { name: 'x', scopes: 'x', resource: '', days: '1', password: 'none' }],
    ['/account/confirm', { password: 'none' }],
  ] as const) {
    const refused = await browser.send(path, fields)
    assert.match(refused.path, /^\/account\/confirm/, path)
  }
  await comeBack(browser, await visit(browser, 'good', { again: '1', return_to: '/account' }))
  const set = await browser.send('/account/password', next)
  assert.equal(set.path, '/account', set.text)
  const other = world.newBrowser()
  const signedIn = await other.signIn('mallory', 'cirrus over seven lakes')
  assert.equal(signedIn.path, '/account')
})

test('[24.73] with registration by invitation, a provider makes a user only with one, which is used once', async () => {
  await using world = await openWorld({ COUNTERSIGN_USERS_REGISTRATION: 'invitation' })
  const { server } = world
  const browser = world.newBrowser()
  const uninvited = await comeBack(browser, await visit(browser, 'good'))
  assert.equal(uninvited.status, 403)
  const token = await signIn(server)
  const made = await request(server, 'POST /admin/invitations', {
    token,
    body: { roles: ['editor'] },
  })
  const invitation = String(made.body['invitation'])
  const page = await browser.get('/sign-up')
  assert.match(page.text, /formaction="\/login\/with\/good"/)
  const invited = await comeBack(browser, await visit(browser, 'good', { invitation }))
  assert.equal(invited.path, '/account', invited.text)
  assert.match(invited.text, /editor/)
  const again = await world.newBrowser().send('/login/with/evil', { invitation })
  assert.equal(again.status, 403)
})
