import { followProvider, upstreamClient } from '@countersign/testing/identity-providers'
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { accessCookie } from '../../packages/server/src/http/pages/test-browser.fixture.ts'
import {
  assertRefused,
  begin,
  callbackOf,
  comeBack,
  openWorld,
  signInWith,
  visit,
} from './federated-world.fixture.ts'
import {
  signedBy,
  signedByText,
  startHostileProvider,
  unsigned,
  type Twists,
} from './hostile-provider.fixture.ts'

// Attacks on sign-in with identity providers by a provider, or with its answers.

test('a provider that answers right signs its user in', async () => {
  await using world = await openWorld()
  const browser = world.newBrowser()
  const answer = await signInWith(world.evil, {}, browser)
  assert.equal(answer.path, '/account', answer.text)
})

test('[24.60] an answer counts with its own state, in its own browser, at its own provider, and once', async () => {
  await using world = await openWorld()
  const browser = world.newBrowser()
  const twisted: readonly ((query: URLSearchParams) => void)[] = [
    (query) => query.delete('state'),
    (query) => query.set('state', 'A'.repeat(43)),
    (query) => query.append('state', query.get('state') ?? ''),
    (query) => query.set('state', `${query.get('state')}x`),
  ]
  for (const answer of twisted)
    assertRefused(browser, await signInWith(world.evil, { answer }, browser))
  const back = await visit(browser, 'evil')
  const stranger = world.newBrowser()
  await begin(stranger, 'good')
  assertRefused(stranger, await comeBack(stranger, back)) // login CSRF: the attacker's answer in the victim's browser
  assertRefused(browser, await comeBack(browser, back.replace('/evil/', '/good/')))
  assert.equal((await comeBack(browser, back)).path, '/account')
  assert.equal((await comeBack(browser, back)).status, 403)
  const other = world.newBrowser()
  const late = await visit(other, 'evil')
  world.server.clock.advance(600)
  assertRefused(other, await comeBack(other, late))
})

test('[24.61] an ID token needs the nonce of its request', async () => {
  await using world = await openWorld()
  const browser = world.newBrowser()
  for (const nonce of [undefined, '', 'another'])
    assertRefused(
      browser,
      await signInWith(world.evil, { claims: (claims) => (claims['nonce'] = nonce) }, browser),
    )
})

test('a refused answer is in the log with the problem that the guide explains', async () => {
  await using world = await openWorld()
  const browser = world.newBrowser()
  const stranger = world.newBrowser()
  const twist = (twists: Twists) => signInWith(world.evil, twists, browser)
  const instead = { '/token': { status: 400, body: '{"error":"invalid_grant"}' } }
  await twist({ claims: (claims) => (claims['nonce'] = 'another') })
  await twist({ answer: (query) => query.set('iss', world.good.issuer) })
  await twist({ instead })
  const back = await visit(browser, 'evil')
  await comeBack(stranger, back)
  await begin(stranger, 'good')
  await comeBack(stranger, back)
  const problems = world.lines.flatMap((line) => /"problem":"([^"]+)"/.exec(line)?.[1] ?? [])
  assert.deepEqual(problems, [
    'oauth_jwt_claim_comparison_failed nonce',
    'oauth_invalid_response',
    'invalid_grant',
    'browser_unknown',
    'state_unknown',
  ])
  const guide = readFileSync('docs/guides/federated-sign-in.md', 'utf8')
  for (const problem of problems) assert.ok(guide.includes(`\`${problem}\``), problem)
})

test('[24.62] mix-up: an answer names its issuer, and a code of another provider goes nowhere', async () => {
  await using world = await openWorld()
  const { good, evil } = world
  const browser = world.newBrowser()
  const twisted: readonly ((query: URLSearchParams) => void)[] = [
    (query) => query.set('iss', good.issuer),
    (query) => query.delete('iss'), // its metadata say that it sends one
    (query) => query.append('iss', evil.issuer),
  ]
  for (const answer of twisted) assertRefused(browser, await signInWith(evil, { answer }, browser))
  assert.equal(evil.requests.filter(({ path }) => path === '/token').length, 0, 'no code was sent')
  // The evil provider sends the browser on to the good one, with its own state: the code of the good one must not reach the evil one.
  const state = new URL(await begin(browser, 'evil')).searchParams.get('state') ?? ''
  const honest = await visit(browser, 'good')
  const code = new URLSearchParams(honest.split('?')[1]).get('code') ?? ''
  const mixed = new URLSearchParams({ code, state, iss: good.issuer })
  assertRefused(browser, await comeBack(browser, `/login/with/evil/callback?${mixed}`))
  assert.equal(evil.requests.filter(({ path }) => path === '/token').length, 0)
})

test('[24.63] an ID token is refused that is not signed by its issuer, or is for another, or is not valid now', async () => {
  await using world = await openWorld()
  const browser = world.newBrowser()
  const { privateKey: otherKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const now = Math.floor(Date.now() / 1000)
  const twists: Readonly<Record<string, Twists>> = {
    'alg none': { idToken: unsigned },
    'the client secret as a key': {
      idToken: (claims) => signedByText(upstreamClient.secret, claims),
    },
    'another key': { idToken: (claims) => signedBy(otherKey, claims) },
    'no key of that id': { idToken: (claims) => signedBy(otherKey, claims, { kid: 'x' }) },
    'not a token': { idToken: () => 'a.b' },
    'another issuer': { claims: (claims) => (claims['iss'] = world.good.issuer) },
    'another audience': { claims: (claims) => (claims['aud'] = 'another') },
    'several audiences without azp': {
      claims: (claims) => (claims['aud'] = [upstreamClient.id, 'another']),
    },
    expired: { claims: (claims) => (claims['exp'] = now - 60) },
    'no expiry': { claims: (claims) => delete claims['exp'] },
    'no subject': { claims: (claims) => delete claims['sub'] },
    'a subject that is no text of 255 characters': {
      claims: (claims) => (claims['sub'] = 'x'.repeat(256)),
    },
    'a subject that no database stores': { claims: (claims) => (claims['sub'] = 'a\u0000b') },
  }
  for (const [what, twist] of Object.entries(twists)) {
    const answer = await signInWith(world.evil, twist, browser)
    assert.equal(answer.status, 403, `${what}: ${answer.text}`)
    assert.equal(browser.cookies.has(accessCookie), false, what)
  }
  const users = await world.newBrowser().signIn()
  assert.equal(users.path, '/account')
})

test('[24.64] metadata of a provider lead this server nowhere but to public hosts, and never over plain http', async () => {
  await using world = await openWorld()
  await using canary = await startHostileProvider(callbackOf('canary'))
  const secure = canary.issuer.replace('http:', 'https:')
  const browser = world.newBrowser()
  for (const member of ['token_endpoint', 'jwks_uri', 'userinfo_endpoint'])
    for (const base of [canary.issuer, secure, 'https://169.254.169.254', 'https://localhost:1']) {
      world.server.clock.advance(3_601) // the metadata are read again
      const answer = await signInWith(
        world.evil,
        {
          metadata: (metadata) => (metadata[member] = `${base}/token`),
          claims: (claims) => delete claims['email'], // so that the user is read at the userinfo endpoint
        },
        browser,
      )
      assertRefused(browser, answer, 503)
    }
  assert.deepEqual(canary.requests, [])
})

test('[24.65] a provider that fails, redirects, or answers too much signs no one in, and its words are shown to no one', async () => {
  await using world = await openWorld()
  const browser = world.newBrowser()
  const json = { 'content-type': 'application/json' }
  const secretText = 'words-of-the-provider'
  const answers = [
    { status: 500, body: secretText },
    { status: 302, headers: { location: `${world.good.issuer}/token` }, body: '' },
    {
      status: 400,
      headers: json,
      body: `{"error":"invalid_client","error_description":"${secretText}"}`,
    },
    { headers: { 'content-type': 'text/html' }, body: secretText },
    { headers: json, body: `{"access_token":"${'x'.repeat(300_000)}"}` },
    { headers: json, body: '[]' },
  ]
  for (const answer of answers) {
    const page = await signInWith(world.evil, { instead: { '/token': answer } }, browser)
    assert.ok([403, 503].includes(page.status), String(page.status))
    assert.equal(browser.cookies.has(accessCookie), false)
    assert.doesNotMatch(page.text, new RegExp(secretText))
  }
  assert.equal(world.good.requests.length, 0)
  assert.doesNotMatch(world.lines.join('\n'), new RegExp(secretText))
  world.server.clock.advance(3_601)
  world.evil.twists = {
    instead: { '/.well-known/openid-configuration': { status: 500, body: '' } },
  }
  const unavailable = await browser.send('/login/with/evil', {})
  assert.equal(unavailable.status, 503)
  world.evil.twists = {}
  assert.equal(
    (await comeBack(browser, await visit(browser, 'evil'))).path,
    '/account',
    'it is asked again at once',
  )
})

test('[24.66] no secret of a sign-in is in the log, and no token of the provider is kept', async () => {
  await using world = await openWorld()
  const browser = world.newBrowser()
  const back = await visit(browser, 'evil', { return_to: '/account' })
  const query = new URLSearchParams(back.split('?')[1])
  assert.equal((await comeBack(browser, back)).path, '/account')
  await comeBack(browser, back)
  await world.server.runJobs()
  const token = world.evil.requests.find(({ path }) => path === '/token')?.form
  const secrets = [
    query.get('code') ?? '',
    query.get('state') ?? '',
    token?.get('code_verifier') ?? '',
    upstreamClient.secret,
    ...world.evil.given,
    ...browser.cookies.values(),
  ]
  const logged = world.lines.join('\n')
  for (const secret of secrets) assert.equal(logged.includes(secret), false)
  assert.match(logged, /provider_answer_refused/, 'the second answer')
  assert.match(logged, /state_unknown/)
})

test('[24.55] an account that a stranger prepared with the address of another is theirs alone after the first reset', async () => {
  await using world = await openWorld()
  const [attacker, victim] = [world.newBrowser(), world.newBrowser()]
  const stranger = { username: 'vera', new_password: 'cirrus over seven lakes' }
  await attacker.send('/sign-up', { ...stranger, email: 'vera@example.com' })
  const fields = { provider: 'evil', password: stranger.new_password }
  const page = await attacker.send('/account/sign-in-methods/link', fields)
  const [, url = ''] = /http-equiv="refresh" content="0; url=([^"]+)"/.exec(page.text) ?? []
  const back = await followProvider(url.replaceAll('&amp;', '&'))
  assert.match((await comeBack(attacker, back.pathname + back.search)).text, /is linked/)
  await victim.send('/forgot-password', { email: 'vera@example.com' })
  const mail = (await world.server.mails()).find(({ subject }) => /password/.test(subject))
  const [, code = ''] = /(\d{3} \d{3} \d{3})/.exec(mail?.text ?? '') ?? []
  const proof = { email: 'vera@example.com', code, new_password: 'a fresh and long passphrase' }
  assert.match((await victim.send('/reset-password', proof)).text, /password has been set/)
  const again = world.newBrowser()
  const answer = await signInWith(world.evil, {}, again)
  const { text } = await again.get('/account')
  assert.doesNotMatch(text, /<h1>vera</, `the stranger is in: ${answer.path}`)
})
