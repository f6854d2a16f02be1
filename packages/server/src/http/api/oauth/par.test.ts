import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerConsent, openBrowser } from '../../pages/test-browser.fixture.ts'
import { codeOf, redirectUri, withApplication } from './application.fixture.ts'
import { newDpopKey } from './dpop.fixture.ts'
import { post } from './oauth.fixture.ts'

const password = 'correct horse battery'
const kind = 'urn:ietf:params:oauth:request_uri:'

/** Starts a server with an application that pushes its requests. */
async function withPar(application: Readonly<Record<string, unknown>> = {}) {
  const world = await withApplication(application)
  const { server, url, clientId } = world
  const asked = () => Object.fromEntries(new URLSearchParams(url().split('?')[1]))
  const push = (change: Readonly<Record<string, string>> = {}, headers = {}) =>
    post(server, '/oauth/par', { ...asked(), ...change }, headers)
  const pageOf = (uri: unknown, change: Readonly<Record<string, string>> = {}) =>
    `/oauth/authorize?${new URLSearchParams({ client_id: clientId, request_uri: String(uri), ...change })}`
  const pushed = async (change: Readonly<Record<string, string>> = {}) =>
    pageOf((await push(change)).body['request_uri'])
  const browser = openBrowser(server)
  const signIn = (to: string) => {
    const back = new URLSearchParams(to.split('?')[1]).get('return_to') ?? ''
    return browser.send('/sign-in', { username: 'ada', password, return_to: back })
  }
  return { ...world, push, pageOf, pushed, browser, signIn }
}

test('[21.26] a pushed request makes one code, after as many reloads and sign-ins as it takes', async () => {
  const { server, push, pageOf, browser, signIn, redeem } = await withPar()
  await using _ = server
  const answer = await push({ nonce: 'n-1' })
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  const { request_uri: uri, ...others } = answer.body
  assert.deepEqual(others, { expires_in: 90 })
  assert.match(String(uri), /^urn:ietf:params:oauth:request_uri:[\w-]{43}$/)
  const asked = await browser.get(pageOf(uri))
  assert.match(asked.path, /^\/sign-in\?again=1&return_to=/)
  assert.doesNotMatch(decodeURIComponent(asked.path), /n-1|redirect_uri|code_challenge/)
  server.clock.advance(500) // the user looks for the password; it was opened in time
  const consent = await signIn(asked.path)
  assert.match(consent.text, /Sign in to wiki\?/)
  assert.equal((await browser.get(consent.path)).status, 200)
  const answered = await answerConsent(browser, consent, 'allow')
  assert.ok(answered.path.startsWith(`${redirectUri}?`))
  assert.equal((await redeem(codeOf(answered.path))).status, 200)
  for (const again of [
    await browser.get(pageOf(uri)),
    await answerConsent(browser, consent, 'allow'),
  ]) {
    assert.equal(again.status, 400)
    assert.match(again.text, /cannot be answered/)
  }
})

test('[21.27] [OA.84, OA.85, OA.87] a reference is for its client, for 90 seconds, and nothing beside it counts', async () => {
  const { server, push, pushed, pageOf, browser, add } = await withPar()
  await using _ = server
  await browser.signIn('ada', password)
  const other = await add({ name: 'other' })
  const { body } = await push()
  const statusOf = async (path: string) => (await browser.get(path)).status
  assert.equal(await statusOf(pageOf(body['request_uri'], { client_id: String(other['id']) })), 400)
  assert.equal(await statusOf(pageOf(`${kind}${'a'.repeat(43)}`)), 400)
  assert.equal(await statusOf(`${pageOf(body['request_uri'])}&request_uri=${kind}x`), 400)
  const beside = { scope: 'openid email', redirect_uri: 'https://evil.example', prompt: 'none' }
  const shown = await browser.get(pageOf(body['request_uri'], beside))
  assert.match(shown.text, /see your user name[\s\S]*app\.example/)
  assert.doesNotMatch(shown.text, /e-mail address|Your browser then returns to evil/)
  const late = await pushed()
  server.clock.advance(90)
  assert.equal(await statusOf(late), 400)
  assert.equal(await statusOf(pageOf(body['request_uri'])), 200, 'it was opened in time')
  server.clock.advance(510)
  assert.equal(await statusOf(pageOf(body['request_uri'])), 400)
  await server.runJobs()
})

test('[21.28] the browser cannot take back what was pushed: another sign-in is one after the push', async () => {
  const { server, pushed, browser, signIn } = await withPar()
  await using _ = server
  await browser.signIn('ada', password)
  const earlier = server.clock.now()
  server.clock.advance(60)
  const path = await pushed({ prompt: 'login' })
  const tricked = await browser.get(`${path}&countersign_asked_at=${earlier}`)
  assert.match(tricked.path, /^\/sign-in\?again=1/)
  assert.match((await signIn(tricked.path)).path, /^\/oauth\/authorize/)
})

test('[21.27] [OA.80, OA.82, OA.83] a request is judged when it is pushed, with the errors of the authorization endpoint', async () => {
  const { server, push, add } = await withPar()
  await using _ = server
  const errorOf = async (change: Readonly<Record<string, string>>) => {
    const { status, body } = await push(change)
    return `${status} ${String(body['error'])}`
  }
  const kept = await add({ name: 'kept', public: false })
  const keptId = String(kept['id'])
  assert.equal(await errorOf({ client_id: 'c_none' }), '401 invalid_client')
  assert.equal(await errorOf({ client_id: keptId }), '401 invalid_client')
  const secret = { client_id: keptId, client_secret: String(kept['client_secret']) }
  assert.equal((await push(secret)).status, 201)
  assert.equal(await errorOf({ redirect_uri: 'https://evil.example' }), '400 invalid_request')
  assert.equal(await errorOf({ response_type: 'token' }), '400 unsupported_response_type')
  assert.equal(await errorOf({ code_challenge: '' }), '400 invalid_request')
  assert.equal(await errorOf({ scope: 'notes:read' }), '400 invalid_scope')
  assert.equal(await errorOf({ resource: 'https://other.example' }), '400 invalid_target')
  assert.equal(await errorOf({ request_uri: `${kind}x` }), '400 invalid_request')
  assert.equal(await errorOf({ request: 'a.b.c' }), '400 invalid_request')
  assert.equal(await errorOf({ state: 'x'.repeat(1_025) }), '400 invalid_request')
  const long = Object.fromEntries('abcd'.split('').map((name) => [name, 'x'.repeat(1_000)]))
  assert.equal(await errorOf(long), '400 invalid_request')
})

test('[21.35] [OA.135] a DPoP header of a pushed request binds its code, as dpop_jkt does, which may only repeat it', async () => {
  const set = await withPar({ dpop: 'required' })
  const { server, clientId, verifier, push, pageOf, browser } = set
  await using _ = server
  const htu = 'http://localhost:5000/oauth/par'
  const [key, other] = [newDpopKey(server), newDpopKey(server)]
  const used = { dpop: key.proof({ htu }) }
  for (const answer of [
    await push({}, { dpop: key.proof() }),
    await push({ dpop_jkt: other.jkt }, { dpop: key.proof({ htu }) }),
    await push({}, used).then(() => push({}, used)),
  ])
    assert.deepEqual([answer.status, answer.body['error']], [400, 'invalid_dpop_proof'])
  assert.equal((await push({ dpop_jkt: key.jkt }, { dpop: key.proof({ htu }) })).status, 201)
  const { body } = await push({}, { dpop: key.proof({ htu }) })
  await browser.signIn('ada', password)
  const page = await browser.get(pageOf(body['request_uri']))
  const answered = await answerConsent(browser, page, 'allow')
  const redeem = (dpop: string) => {
    const code = codeOf(answered.path)
    const sent = { grant_type: 'authorization_code', client_id: clientId, code }
    return post(server, '/oauth/token', { ...sent, code_verifier: verifier }, { dpop })
  }
  assert.equal((await redeem(other.proof())).body['error'], 'invalid_grant')
  assert.equal((await redeem(key.proof())).body['token_type'], 'DPoP')
})
