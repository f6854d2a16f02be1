import { createSigner, createVerifier, inspect, localKeySet } from '@countersign/token'
import { throwawayKey } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get } from 'node:http'
import { suite, test } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { startRemoteIssuer } from './testing/remote-issuer.fixture.ts'
import { guardConnection, createGuard, tokenEndedCode, type Guard } from './index.ts'
import { nodeRequestView, nodeGuard } from './adapters/node.ts'
import { listen, serve } from './adapters/serve.fixture.ts'
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

/** Starts a WebSocket server: each connection lasts as long as its token, and a message is a newer token. */
async function sockets(own: Guard) {
  const http = createServer()
  const server = new WebSocketServer({ noServer: true })
  http.on('upgrade', async (request, socket, head) => {
    const answer = await own.check(nodeRequestView(request))
    if (!answer.allowed) return void socket.end(`HTTP/1.1 ${answer.status} No\r\n\r\n`)
    server.handleUpgrade(request, socket, head, (ws) => {
      const binding = guardConnection(own, answer.principal, {
        end: (reason) => ws.close(tokenEndedCode, reason),
      })
      ws.on('close', binding.release)
      ws.on('message', async (data: Buffer) => {
        const renewed = await binding.renew(data.toString())
        ws.send(typeof renewed === 'string' ? renewed : String(renewed.allowed))
      })
    })
  })
  const served = await listen(http)
  return { ...served, url: served.url.replace('http', 'ws') }
}
const connect = (url: string, text: string) =>
  new WebSocket(url, { headers: { authorization: `Bearer ${text}` } })

suite('over real sockets', { concurrency: true }, () => {
  test('a WebSocket is closed within a second of the expiry of its token', async () => {
    await using server = await sockets(guard)
    const text = token(2)
    const ws = connect(server.url, text)
    await once(ws, 'open')
    const [code, reason] = (await once(ws, 'close')) as [number, Buffer]
    assert.equal(code, 4401)
    assert.equal(reason.toString(), 'token_expired')
    const late = since(text)
    assert.ok(late >= 0 && late < 1, `${late} s`)
  })

  test('a newer token sent over the WebSocket keeps it open; a bad one or one of another subject does not', async () => {
    await using server = await sockets(guard)
    const ws = connect(server.url, token(2))
    await once(ws, 'open')
    const say = async (text: string) => {
      ws.send(text)
      const [answer] = (await once(ws, 'message')) as [Buffer]
      return answer.toString()
    }
    assert.equal(await say('junk'), 'false')
    assert.equal(await say(token(60, 'eve')), 'another_subject')
    assert.equal(await say(token(5)), 'true')
    await wait(3)
    assert.equal(ws.readyState, WebSocket.OPEN)
    const [code] = (await once(ws, 'close')) as [number]
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
    await using server = await sockets(own)
    const tokens = [far.issuer.token(), far.issuer.token()] as const
    const [one, other] = tokens.map((text) => connect(server.url, text)) as [WebSocket, WebSocket]
    await Promise.all([once(one, 'open'), once(other, 'open')])
    while (own.health().lists[0]?.feed !== 'open') await wait(0.005)
    const closed = once(one, 'close')
    const before = performance.now()
    await far.issuer.revoke(tokens[0])
    const [code, reason] = (await closed) as [number, Buffer]
    assert.ok(performance.now() - before < 1000, 'within a second')
    assert.deepEqual([code, reason.toString()], [4401, 'token_revoked'])
    assert.equal(other.readyState, WebSocket.OPEN)
    other.terminate()
  })

  test('a WebSocket without a good token is never opened', async () => {
    await using server = await sockets(guard)
    const ws = connect(server.url, 'x')
    const [error] = (await once(ws, 'error')) as [Error]
    assert.match(error.message, /401/)
  })

  test('an event stream ends within a second of the expiry of its token', async () => {
    const route = nodeGuard(guard, undefined, (_, response, principal) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: hello\n\n')
      const binding = guardConnection(guard, principal, {
        end: (reason) => response.end(`event: ${reason}\ndata:\n\n`),
      })
      response.on('close', binding.release)
    })
    await using server = await serve((request, response) => void route(request, response))
    const text = token(2)
    const headers = { authorization: `Bearer ${text}` }
    const [response] = await once(get(server.url, { headers }), 'response')
    const events = Buffer.concat(await response.toArray()).toString()
    assert.match(events, /hello[^]*event: token_expired/)
    const late = since(text)
    assert.ok(late >= 0 && late < 1, `${late} s`)
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
