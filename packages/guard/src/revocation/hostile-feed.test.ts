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
  const feed = (signal: RequestInit['signal']) =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        wire = controller
        signal?.addEventListener('abort', () => {
          controller.error(signal.reason)
          if (wire === controller) wire = undefined
        })
      },
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
    /** Sends an event over the feed. */
    async send(data: string) {
      while (!isConnected()) {
        clock.advance(1)
        await issuer.settle()
      }
      wire?.enqueue(new TextEncoder().encode(`event: status\ndata: ${data}\n\n`))
      await issuer.settle()
    },
  }
}
const idle = { after: 0, seq: 0, indexes: [], lifetime: 15 }

suite('an event of a feed counts only if the issuer signed it for this list just now', () => {
  test('everything else changes nothing, opens nothing, and is counted', async () => {
    const { issuer, guard, token, uri, signer, signerOf, send } = await intercepted()
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
    await send(signer.change({ ...change, indexes: [0] }))
    assert.equal(list(guard)?.feed, 'open')
    assert.equal(await codeOf(guard, token), 'token_revoked')
  })

  test('a delayed event that is older than one before it is rejected, and confirms nothing', async () => {
    const { issuer, guard, uri, signer, send } = await intercepted()
    const old = signer.change({ ...idle, uri })
    issuer.clock.advance(7)
    await send(signer.change({ ...idle, uri }))
    assert.equal(list(guard)?.age, 0)
    issuer.clock.advance(4)
    await send(old)
    assert.equal(list(guard)?.refused, 1)
    assert.equal(list(guard)?.age, 4)
  })

  test('an attacker in between cannot keep a feed alive by replaying the last event', async () => {
    const { issuer, guard, uri, signer, send } = await intercepted()
    const beat = signer.change({ ...idle, uri })
    for (let second = 0; second < 22; second++) {
      await send(beat)
      issuer.clock.advance(1)
    }
    await issuer.settle()
    assert.equal(list(guard)?.age, 22)
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
