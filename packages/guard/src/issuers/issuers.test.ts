import { createSigner, generateKey, localKeySet, toJwks } from '@countersign/token'
import { fixedClock, throwawayKey } from '@countersign/token/testing'
import { forge as forgeToken } from '@countersign/testing/tokens'
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { suite, test } from 'node:test'
import { createGuard, type GuardEvent, type GuardOptions } from '../index.ts'
import { requestView } from '../adapters/fetch.ts'
import { nodeGuard } from '../adapters/node.ts'
import { ask, listen, serve } from '../adapters/serve.fixture.ts'
import { createTestIssuer } from '../testing/test-issuer.ts'

const now = 1_800_000_000

/** Starts an issuer and an API on real ports. */
async function world() {
  const clock = fixedClock(now)
  const state = { keys: [throwawayKey()], up: true, asked: 0 }
  const issuerServer = createServer((request, response) => {
    if (!state.up) return void response.writeHead(500).end()
    const documents: Readonly<Record<string, () => object>> = {
      '/.well-known/oauth-authorization-server': () => ({ issuer, jwks_uri: `${issuer}/jwks` }),
      '/jwks': () => toJwks(state.keys),
    }
    const document = documents[request.url ?? '']
    if (request.url === '/jwks') state.asked++
    if (!document) return void response.writeHead(404).end()
    response.setHeader('content-type', 'application/json').end(JSON.stringify(document()))
  })
  const far = await listen(issuerServer)
  const issuer = far.url
  const events: GuardEvent[] = []
  const guard = createGuard({ issuer, audience: 'api', clock, onEvent: (one) => events.push(one) })
  const route = nodeGuard(guard, undefined, (_, response, { subject }) => {
    response.end(JSON.stringify({ subject }))
  })
  const api = await serve((request, response) => void route(request, response))
  const token = (key = state.keys.at(-1) ?? throwawayKey(), sub = 'ada') =>
    createSigner({ key, issuer, lifetime: 86_400, clock }).sign({ sub, aud: 'api' })
  const call = (one: string) => ask(api.url, { headers: [['authorization', `Bearer ${one}`]] })
  return {
    clock,
    state,
    guard,
    events,
    token,
    call,
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]()
      await far[Symbol.asyncDispose]()
    },
  }
}

suite('the keys of an issuer', () => {
  test('200 good tokens at once cause one request for them', async () => {
    await using one = await world()
    const tokens = Array.from({ length: 200 }, (_, at) => one.token(undefined, `user-${at}`))
    const answers = await Promise.all(tokens.map(one.call))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
    assert.equal(new Set(answers.map(({ body }) => body['subject'])).size, 200)
    assert.equal(one.state.asked, 1)
  })

  test('[B14] 200 forged key ids cause at most one request in each cooldown, and good tokens never wait', async () => {
    await using one = await world()
    await one.guard.ready()
    const forge = () => one.token(generateKey('ES256'))
    const flood = async () => {
      const answers = await Promise.all(Array.from({ length: 200 }, () => one.call(forge())))
      assert.ok(answers.every(({ status }) => status === 401))
    }
    await flood()
    assert.equal(one.state.asked, 1)
    one.clock.advance(30)
    await flood()
    assert.equal(one.state.asked, 2)
    assert.equal((await one.call(one.token())).status, 200)
  })

  test('a rotated key is picked up within one request', async () => {
    await using one = await world()
    assert.equal((await one.call(one.token())).status, 200)
    one.clock.advance(30)
    one.state.keys = [generateKey('ES256')]
    assert.equal((await one.call(one.token())).status, 200)
    assert.equal(one.state.asked, 2)
  })

  test('[B16] the issuer is down for an hour: good tokens pass within the limit, and an event reports it', async () => {
    await using one = await world()
    const good = one.token()
    assert.equal((await one.call(good)).status, 200)
    one.state.up = false
    for (let minute = 0; minute < 60; minute++) {
      one.clock.advance(60)
      assert.equal((await one.call(good)).status, 200, `${minute}`)
    }
    const { issuers, usable } = one.guard.health()
    assert.equal(usable, true)
    assert.equal(issuers[0]?.age, 3600)
    assert.match(String(issuers[0]?.problem), /status 500/)
    const latest = one.events.findLast((event) => event.kind === 'keys')
    assert.match(String(latest?.health.problem), /status 500/)
    assert.ok(Number(latest?.health.failed) > 10)
    one.clock.advance(601) // fresh for ten minutes, and for an hour more while the issuer does not answer
    const over = await one.call(good)
    assert.equal(over.status, 503)
    assert.equal(over.body['code'], 'issuer_unreachable')
    assert.equal(over.headers['retry-after'], '5')
    assert.equal(one.guard.health().usable, false)
    one.state.up = true
    one.clock.advance(5)
    assert.equal((await one.call(good)).status, 200)
  })
})

test('a guard that is ready answers at once', async () => {
  const issuer = createTestIssuer()
  const guard = issuer.guard()
  const first = guard.checkToken(issuer.token())
  assert.ok(first instanceof Promise)
  await first
  await guard.ready()
  assert.ok(!(guard.checkToken(issuer.token()) instanceof Promise))
  issuer.network = 'down'
  await assert.rejects(issuer.guard().ready(), { code: 'key_set_unavailable' })
})

test('a guard of a verifier with remote keys fetches them', async () => {
  const { createVerifier, remoteKeySet } = await import('@countersign/token')
  const issuer = createTestIssuer()
  const { url, audience, clock, fetch } = issuer
  const keys = remoteKeySet('https://issuer.example/jwks', { fetch, clock })
  const guard = createGuard({
    verifier: createVerifier({ issuer: url, audience, algorithms: ['ES256'], keys, clock }),
  })
  assert.ok((await guard.checkToken(issuer.token())).allowed)
  issuer.clock.advance(30)
  issuer.rotate()
  assert.ok((await guard.checkToken(issuer.token())).allowed)
})

test('an issuer that is down does not affect another', async () => {
  const [up, down] = [createTestIssuer(), createTestIssuer({ url: 'https://down.example' })]
  down.network = 'down'
  const guard = createGuard({
    issuers: [up, down].map(({ url, audience }) => ({ issuer: url, audience })),
    clock: up.clock,
    fetch: (input, init) => (String(input).includes('down') ? down : up).fetch(input, init),
  })
  assert.ok((await guard.checkToken(up.token())).allowed)
  const refused = await guard.checkToken(down.token())
  assert.equal(refused.allowed ? '' : refused.problem.code, 'issuer_unreachable')
  assert.deepEqual(
    guard.health().issuers.map(({ issuer, usable }) => [issuer, usable]),
    [
      [up.url, true],
      [down.url, false],
    ],
  )
})

test('[18.32] tokens without typ pass with one explicit value, and no others do', async () => {
  const key = throwawayKey()
  const trust = { issuer: 'https://issuer.example', audience: 'api', clock: fixedClock(now) }
  const keys = localKeySet([key])
  const claims = { iss: trust.issuer, sub: 'ada', aud: 'api', iat: now, exp: now + 60, jti: 'j' }
  const verdict = async (type: string | undefined, typ: string | undefined) => {
    const guard = createGuard({ ...trust, keys, ...(type && { type }) })
    const token = forgeToken(key, { alg: 'ES256', kid: key.id, typ }, claims)
    const { allowed } = await guard.checkToken(token)
    return allowed
  }
  for (const typ of [undefined, 'JWT']) {
    assert.equal(await verdict('JWT or none', typ), true)
    assert.equal(await verdict(undefined, typ), false)
  }
  assert.equal(await verdict('JWT', undefined), false)
  assert.equal(await verdict('JWT or none', 'at+jwt'), false)
})

suite('[18.17] a configured issuer that names itself otherwise', () => {
  const mismatched = (settings: Pick<GuardOptions, 'onEvent'> = {}) => {
    const issuer = createTestIssuer({ url: 'https://issuer.example/' })
    const { clock, audience, fetch } = issuer
    const options = { issuer: 'https://issuer.example', audience, clock, fetch, ...settings }
    return { token: issuer.token(), guard: createGuard(options) }
  }
  const sentence =
    /expected https:\/\/issuer\.example, found https:\/\/issuer\.example\/: one of the two ends in a slash/

  test('is refused with 500 and a code of its own, and no client is asked to retry', async (t) => {
    t.mock.method(console, 'error', () => undefined)
    const { guard, token } = mismatched()
    for (let attempt = 0; attempt < 3; attempt++) {
      const answer = await guard.checkToken(token)
      assert.ok(!answer.allowed)
      assert.deepEqual([answer.status, answer.problem.code], [500, 'issuer_mismatch'])
      assert.equal(answer.headers['retry-after'], undefined)
      assert.equal(answer.headers['www-authenticate'], undefined)
      assert.match(String(answer.cause?.message), sentence)
      assert.doesNotMatch(JSON.stringify(answer.problem), /issuer\.example/)
    }
  })

  test('fails ready(), is explained, and is in the health of the guard', async (t) => {
    t.mock.method(console, 'error', () => undefined)
    const { guard, token } = mismatched()
    await assert.rejects(guard.ready(), { code: 'issuer_mismatch', message: sentence })
    const headers = { authorization: `Bearer ${token}` }
    const request = new Request('https://api.example', { headers })
    const explanation = await guard.explain(requestView(request))
    assert.equal(explanation.cause, 'issuer_mismatch')
    assert.match(String(explanation.likelyCause), /ends in a slash/)
    const failed = explanation.checks.find(({ verdict }) => verdict === 'failed')
    assert.match(String(failed?.expected), /https:\/\/issuer\.example$/)
    assert.match(String(failed?.found), /https:\/\/issuer\.example\/$/)
    assert.match(String(guard.health().issuers[0]?.problem), sentence)
  })

  test('is printed once, in production and beside a listener too', async (t) => {
    const { mock } = t.mock.method(console, 'error', () => undefined)
    const { guard, token } = mismatched({ onEvent: () => undefined })
    await guard.checkToken(token)
    await guard.checkToken(token)
    assert.equal(mock.callCount(), 1)
    assert.match(String(mock.calls[0]?.arguments[0]), sentence)
  })
})
