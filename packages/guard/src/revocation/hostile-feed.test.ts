import { generateKey, type SigningKey } from '@countersign/token'
import { createStatusListSigner } from '@countersign/token/internal'
import { throwawayKey } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createGuard, type Guard } from '../index.ts'
import { createTestIssuer } from '../testing/test-issuer.ts'

const list = (guard: Pick<Guard, 'health'>) => guard.health().lists[0]
const codeOf = async (guard: Pick<Guard, 'checkToken'>, token: string) => {
  const answer = await guard.checkToken(token)
  return answer.allowed ? 'allowed' : (answer.cause?.code ?? answer.problem.code)
}

/** Creates an issuer whose feed is controlled by someone else: a proxy, a cache, an attacker in between. */
async function intercepted() {
  const issuer = createTestIssuer()
  const { url, audience, clock } = issuer
  let wire: ReadableStreamDefaultController<Uint8Array> | undefined
  let connections = 0
  const feed = (signal: RequestInit['signal']) =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        wire = controller
        connections++
        signal?.addEventListener('abort', () => {
          controller.error(signal.reason)
          if (wire === controller) wire = undefined
        })
      },
      cancel: () => void (wire = undefined),
    })
  const isConnected = () => wire !== undefined
  const guard = createGuard({
    issuer: url,
    audience,
    clock,
    timer: clock,
    revocation: 'feed',
    fetch: async (input, init) =>
      String(input).endsWith('/feed')
        ? new Response(feed(init?.signal), { headers: { 'content-type': 'text/event-stream' } })
        : issuer.fetch(input, init),
  })
  const token = issuer.token()
  assert.equal(await codeOf(guard, token), 'allowed')
  await issuer.settle()
  const uri = `${url}/status-lists/1`
  const signerOf = (key: SigningKey, by = url) => createStatusListSigner({ key, issuer: by, clock })
  async function connected() {
    while (!isConnected()) {
      clock.advance(1)
      await issuer.settle()
    }
  }
  /** Sends events over the feed, in one piece. */
  async function send(...events: readonly string[]) {
    await connected()
    const text = events.map((data) => `event: status\ndata: ${data}\n\n`).join('')
    wire?.enqueue(new TextEncoder().encode(text))
    await issuer.settle()
  }
  return {
    issuer,
    guard,
    token,
    uri,
    signer: signerOf(throwawayKey()),
    signerOf,
    async hangUp() {
      wire?.close()
      wire = undefined
      await issuer.settle()
    },
    isConnected,
    connected,
    connections: () => connections,
    send,
  }
}
const idle = { after: 0, seq: 0, indexes: [], lifetime: 15 }

suite('an event of a feed counts only if the issuer signed it for this list just now', () => {
  test('everything else changes nothing, opens nothing, and is counted', async () => {
    const { issuer, guard, token, uri, signer, signerOf, send, connected } = await intercepted()
    const change = { uri, after: 0, seq: 1, indexes: [0], lifetime: 15 }
    const recorded = signer.change(change)
    issuer.clock.advance(21)
    await issuer.settle()
    const refused = [
      '',
      'x',
      'a.b.c',
      JSON.stringify(change),
      recorded, // replayed
      signerOf(generateKey('ES256')).change(change),
      signerOf(throwawayKey('EdDSA')).change(change),
      signerOf(throwawayKey(), 'https://evil.example').change(change),
      signer.change({ ...change, uri: `${uri}1` }),
      issuer.token(),
      `${signer.change(change)}A`,
    ]
    for (const [at, data] of refused.entries()) {
      await send(data)
      assert.equal(list(guard)?.refused, at + 1, `${at}`)
    }
    assert.equal(await codeOf(guard, token), 'allowed')
    assert.equal(list(guard)?.feed, 'cut', 'it never counted as open')
    assert.equal(list(guard)?.changes, 0)
    await connected()
    await send(signer.change({ ...change, indexes: [0] }))
    assert.equal(list(guard)?.feed, 'open')
    assert.equal(await codeOf(guard, token), 'token_revoked')
  })

  test('[23.51] a delayed event that is older than one before it is rejected, confirms nothing, and names no keys', async () => {
    const { issuer, guard, uri, signer, send } = await intercepted()
    const old = signer.change({ ...idle, uri, keys: 'old' })
    issuer.clock.advance(7)
    await send(signer.change({ ...idle, uri, keys: 'new' }))
    assert.equal(list(guard)?.age, 0)
    issuer.clock.advance(4)
    const { keyRequests } = issuer
    assert.equal(keyRequests, 2)
    await send(old)
    assert.equal(list(guard)?.refused, 1)
    assert.equal(list(guard)?.age, 4)
    assert.equal(issuer.keyRequests, keyRequests)
  })

  test('an attacker in between cannot keep a feed alive by replaying the last event', async () => {
    const { issuer, guard, uri, signer, send } = await intercepted()
    issuer.revocation.list = 'down' // only the feed could confirm it
    const beat = signer.change({ ...idle, uri })
    for (let second = 0; second < 22; second++) {
      await send(beat)
      issuer.clock.advance(1)
    }
    await issuer.settle()
    assert.equal(list(guard)?.age, 22)
    assert.equal(list(guard)?.feed, 'cut')
  })

  test('a hundred gaps at once load the list at most once in a second', async () => {
    const { issuer, guard, uri, signer, send } = await intercepted()
    for (let second = 0; second < 3; second++) {
      for (let seq = 5; seq < 105; seq++)
        await send(signer.change({ ...idle, uri, after: seq, seq }))
      issuer.clock.advance(1)
      await issuer.settle()
    }
    assert.equal(list(guard)?.gaps, 300)
    assert.ok(Number(list(guard)?.loads) <= 4, `${list(guard)?.loads}`)
  })

  test('the bits of a gap are set at once, and stay when a cache answers with an older list', async () => {
    const { issuer, guard, token, uri, signer, send } = await intercepted()
    await send(signer.change({ uri, after: 7, seq: 9, indexes: [0], lifetime: 15 }))
    assert.equal(await codeOf(guard, token), 'token_revoked')
    issuer.clock.advance(2)
    await issuer.settle()
    assert.equal(list(guard)?.loads, 2)
    assert.equal(await codeOf(guard, token), 'token_revoked')
    assert.equal(list(guard)?.seq, 0, 'the missed changes are still missing')
    assert.equal(list(guard)?.age, 2, 'nor does "unchanged" confirm what it does not hold')
  })

  test('after a new connection to a server with a shorter history the list is loaded once, and no revocation is undone', async () => {
    const { issuer, guard, token, uri, signer, send, hangUp } = await intercepted()
    const beat = signer.change({ ...idle, uri, after: 3, seq: 3 })
    await send(signer.change({ uri, after: 0, seq: 5, indexes: [0], lifetime: 15 }))
    for (let times = 0; times < 3; times++) await issuer.revoke(issuer.token()) // its list is at 3
    await send(beat)
    assert.equal(list(guard)?.loads, 1, 'within one connection it is a late event')
    await hangUp()
    issuer.clock.advance(2)
    await issuer.settle()
    for (let times = 0; times < 3; times++) await send(beat)
    assert.deepEqual([list(guard)?.loads, list(guard)?.gaps], [2, 1])
    assert.equal(await codeOf(guard, token), 'token_revoked')
  })

  test('an index beyond the list breaks nothing', async () => {
    const { guard, token, uri, signer, send } = await intercepted()
    await send(signer.change({ uri, after: 0, seq: 1, indexes: [2 ** 40, 0], lifetime: 15 }))
    assert.equal(await codeOf(guard, token), 'token_revoked')
    assert.equal(list(guard)?.refused, 0)
  })
})

suite('a feed costs its guard little', () => {
  test('[23.50] the first event that fails verification ends a connection, and the next one comes later each time', async () => {
    const { issuer, guard, uri, signer, send, isConnected, connections } = await intercepted()
    for (let second = 0; second < 300; second++) {
      if (isConnected()) {
        await send(signer.change({ ...idle, uri })) // one valid event does not end the backoff
        await send(...Array<string>(100).fill('x'))
        assert.equal(list(guard)?.feed, 'cut')
      }
      issuer.clock.advance(1)
      await issuer.settle()
    }
    assert.ok(connections() < 40, `${connections()} connections in 300 s`)
    assert.ok(Number(list(guard)?.refused) <= connections(), `${list(guard)?.refused}`)
  })

  test('[23.50] a feed that repeats valid events is cut after ten thousand, and then after a thousand in a second', async () => {
    const { issuer, guard, uri, signer, send, isConnected, connected } = await intercepted()
    const gap = signer.change({ ...idle, uri, after: 5, seq: 5 }) // each is counted
    const flood = async () => {
      const before = Number(list(guard)?.gaps)
      for (let part = 0; part < 150 && isConnected(); part++)
        await send(...Array<string>(100).fill(gap))
      assert.equal(list(guard)?.feed, 'cut')
      return Number(list(guard)?.gaps) - before
    }
    const atOnce = await flood()
    assert.ok(atOnce > 5_000 && atOnce <= 10_000, `${atOnce}`)
    issuer.clock.advance(1)
    await issuer.settle()
    await connected()
    const inASecond = await flood()
    assert.ok(inASecond > 0 && inASecond <= 2_000, `${inASecond}`)
  })

  test('[23.50] an issuer that ends 100,000 sessions at once is not cut', async () => {
    const { guard, uri, signer, send } = await intercepted()
    const events = Array.from({ length: 100 }, (_, at) => {
      const indexes = Array.from({ length: 1_000 }, (_other, index) => at * 1_000 + index)
      return signer.change({ uri, after: at, seq: at + 1, indexes, lifetime: 15 })
    })
    await send(...events)
    const { feed, seq, gaps, refused } = list(guard) ?? {}
    assert.deepEqual([feed, seq, gaps, refused], ['open', 100, 0, 0])
  })
})
