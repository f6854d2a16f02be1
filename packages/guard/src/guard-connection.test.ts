import { createSigner, createVerifier, inspect, localKeySet } from '@countersign/token'
import { throwawayKey } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get } from 'node:http'
import { suite, test } from 'node:test'
import { WebSocket } from 'ws'
import { startRemoteIssuer } from './testing/remote-issuer.fixture.ts'
import { guardConnection, createGuard } from './index.ts'
import { nodeGuard } from './adapters/node.ts'
import { serve } from './adapters/serve.fixture.ts'
import { connect, roundTrip, serveWebSockets } from './adapters/web-sockets.fixture.ts'
import { createTestIssuer } from './testing/test-issuer.ts'

const key = throwawayKey()
const [issuer, audience] = ['https://issuer.example', 'api']
const policy = { issuer, audience, algorithms: ['ES256'], keys: localKeySet([key]) } as const
const guard = createGuard({ verifier: createVerifier(policy) })
/** Signs a token that expires after so many seconds of real time. */
const token = (lifetime: number, sub = 'ada') =>
  createSigner({ key, issuer, lifetime }).sign({ sub, aud: audience })
const wait = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))
/** Returns the seconds of real time since a token's expiry. */
const since = (text: string) => Date.now() / 1000 - Number(inspect(text).claims.exp)

const lifetime = 900 // seconds, of every token of a test issuer

/** Creates a guard with a clock that the test moves, and tokens for it. */
function inVirtualTime() {
  const remote = createTestIssuer()
  return { clock: remote.clock, own: remote.guard(), text: (sub = 'ada') => remote.token({ sub }) }
}

suite('over real sockets', { concurrency: true }, () => {
  test('a WebSocket is closed when its token expires, in real time', async () => {
    await using server = await serveWebSockets(guard)
    const text = token(5)
    const ws = connect(server.url, text)
    await once(ws, 'open')
    const [code, reason] = (await once(ws, 'close')) as [number, Buffer]
    assert.equal(code, 4401)
    assert.equal(reason.toString(), 'token_expired')
    assert.ok(since(text) >= 0)
  })

  test('a WebSocket is closed in the second in which its token expires', async () => {
    const { clock, own, text } = inVirtualTime()
    await using server = await serveWebSockets(own, { clock, timer: clock })
    const ws = connect(server.url, text())
    await once(ws, 'open')
    clock.advance(lifetime - 1)
    await roundTrip(ws)
    assert.equal(ws.readyState, WebSocket.OPEN)
    const closed = once(ws, 'close')
    clock.advance(1)
    const [code, reason] = (await closed) as [number, Buffer]
    assert.deepEqual([code, reason.toString()], [4401, 'token_expired'])
  })

  test('a newer token sent over the WebSocket keeps it open; a bad one or one of another subject does not', async () => {
    const { clock, own, text: newer } = inVirtualTime()
    await using server = await serveWebSockets(own, { clock, timer: clock })
    const ws = connect(server.url, newer())
    await once(ws, 'open')
    clock.advance(lifetime - 10)
    const say = async (text: string) => {
      ws.send(text)
      const [answer] = (await once(ws, 'message')) as [Buffer]
      return answer.toString()
    }
    assert.equal(await say('junk'), 'false')
    assert.equal(await say(newer('eve')), 'another_subject')
    assert.equal(await say(newer()), 'true')
    clock.advance(lifetime - 1)
    await roundTrip(ws)
    assert.equal(ws.readyState, WebSocket.OPEN)
    const closed = once(ws, 'close')
    clock.advance(1)
    const [code] = (await closed) as [number]
    assert.equal(code, 4401)
  })

  test('a WebSocket is closed as soon as its token is revoked, and no other one', async () => {
    await using far = await startRemoteIssuer()
    const { clock, ...where } = far.issuer
    using own = createGuard({
      issuer: where.url,
      audience: where.audience,
      clock,
      timer: clock,
      revocation: 'feed',
    })
    await using server = await serveWebSockets(own)
    const tokens = [far.issuer.token(), far.issuer.token()] as const
    const [one, other] = tokens.map((text) => connect(server.url, text)) as [WebSocket, WebSocket]
    await Promise.all([once(one, 'open'), once(other, 'open')])
    while (own.health().lists[0]?.feed !== 'open') await wait(0.005)
    const closed = once(one, 'close')
    const before = clock.now()
    await far.issuer.revoke(tokens[0])
    const [code, reason] = (await closed) as [number, Buffer]
    assert.equal(clock.now(), before, 'without a second of delay')
    assert.deepEqual([code, reason.toString()], [4401, 'token_revoked'])
    assert.equal(other.readyState, WebSocket.OPEN)
    other.terminate()
  })

  test('a WebSocket without a good token is never opened', async () => {
    await using server = await serveWebSockets(guard)
    const ws = connect(server.url, 'x')
    const [error] = (await once(ws, 'error')) as [Error]
    assert.match(error.message, /401/)
  })

  test('an event stream ends when its token expires, in real time', async () => {
    const route = nodeGuard(guard, undefined, (_, response, principal) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: hello\n\n')
      const binding = guardConnection(guard, principal, {
        end: (reason) => response.end(`event: ${reason}\ndata:\n\n`),
      })
      response.on('close', binding.release)
    })
    await using server = await serve((request, response) => void route(request, response))
    const text = token(5)
    const headers = { authorization: `Bearer ${text}` }
    const [response] = await once(get(server.url, { headers }), 'response')
    const events = Buffer.concat(await response.toArray()).toString()
    assert.match(events, /hello[^]*event: token_expired/)
    assert.ok(since(text) >= 0)
  })
})

test('a connection ends once, at its expiry by the clock and not by the timer', async () => {
  const far = createTestIssuer()
  const own = far.guard()
  const ended: number[] = []
  const opened = await own.checkToken(far.token())
  assert.ok(opened.allowed)
  const { clock } = far
  const binding = guardConnection(own, opened.principal, {
    clock,
    timer: clock,
    end: () => ended.push(clock.now()),
  })
  clock.advance(600)
  assert.equal(await binding.renew(far.token({ sub: 'eve' })), 'another_subject')
  assert.equal(binding.principal.subject, 'ada')
  const newer = far.token()
  assert.notEqual(typeof (await binding.renew(newer)), 'string')
  clock.advance(600)
  assert.deepEqual(ended, [])
  clock.advance(10_000)
  assert.deepEqual(ended, [1_800_001_500])
  assert.equal(await binding.renew(far.token()), 'ended')
})

test('a closed connection is not watched any more', async () => {
  const far = createTestIssuer()
  const opened = await far.guard().checkToken(far.token())
  assert.ok(opened.allowed)
  const { clock } = far
  const binding = guardConnection(far.guard(), opened.principal, {
    clock,
    timer: clock,
    end: () => assert.fail('it is gone'),
  })
  binding.release()
  clock.advance(10_000)
})

test('a connection ends when the status of its token is not known any more, unless that is accepted', async () => {
  for (const whenStale of ['refuse', 'accept'] as const) {
    const far = createTestIssuer()
    using own = far.guard({ revocation: { whenStale, maxStale: 30 } })
    const opened = await own.checkToken(far.token())
    assert.ok(opened.allowed)
    const { clock } = far
    const ended: string[] = []
    guardConnection(own, opened.principal, {
      clock,
      timer: clock,
      end: (reason) => ended.push(reason),
    })
    far.network = 'down'
    for (let second = 0; second < 40; second++) {
      clock.advance(1)
      await far.settle()
    }
    assert.deepEqual(ended, whenStale === 'refuse' ? ['revocation_unknown'] : [])
  }
})

test('a revoked connection also ends when its revocation arrives in a reloaded list', async () => {
  const far = createTestIssuer()
  using own = far.guard({ revocation: 'poll' })
  const text = far.token()
  const opened = await own.checkToken(text)
  assert.ok(opened.allowed)
  const { clock } = far
  const ended: string[] = []
  guardConnection(own, opened.principal, {
    clock,
    timer: clock,
    end: (reason) => ended.push(reason),
  })
  await far.revoke(text)
  assert.deepEqual(ended, [])
  clock.advance(150)
  await far.settle()
  assert.deepEqual(ended, ['token_revoked'])
})

test('after a newer token the old one may be revoked, and revoking the new one ends the connection', async () => {
  const far = createTestIssuer()
  using own = far.guard({ revocation: 'feed' })
  const [old, newer] = [far.token(), far.token()]
  const opened = await own.checkToken(old)
  assert.ok(opened.allowed)
  const { clock } = far
  const ended: string[] = []
  const binding = guardConnection(own, opened.principal, {
    clock,
    timer: clock,
    end: (reason) => ended.push(reason),
  })
  await binding.renew(newer)
  await far.revoke(old)
  assert.deepEqual(ended, [])
  await far.revoke(newer)
  assert.deepEqual(ended, ['token_revoked'])
})
