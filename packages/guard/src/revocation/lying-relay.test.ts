import { generateKey } from '@countersign/token'
import { createStatusListSigner } from '@countersign/token/internal'
import { throwawayKey } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createGuard } from '../index.ts'
import { createTestIssuer } from '../testing/test-issuer.ts'

const relay = 'http://relay.internal:8080/lists'
const maxStale = 30

/** The functions that return what a relay sends instead of each event and list that it gets from the issuer. */
interface Lies {
  events: (event: string) => readonly string[]
  list: (token: string) => string
}

/** Creates an issuer, and a guard that follows it through a relay, which is honest at first. */
async function relayed() {
  const issuer = createTestIssuer()
  const { clock, url } = issuer
  const lies: Lies = { events: (event) => [event], list: (token) => token }
  const requests: string[] = []
  const respond: typeof fetch = async (input, init) => {
    const address = String(input)
    if (!address.startsWith(relay)) return issuer.fetch(input, init)
    requests.push(address.slice(relay.length))
    const response = await issuer.fetch(address.replace(relay, url), init)
    if (address.endsWith('/feed')) return new Response(lyingStream(response, lies), response)
    return response.status === 200
      ? new Response(lies.list(await response.text()), response)
      : response
  }
  const guard = issuer.guard({ revocation: { relay, maxStale }, fetch: respond })
  const check = async (token: string) => {
    const answer = await guard.checkToken(token)
    await issuer.settle()
    return answer.allowed ? 'allowed' : answer.problem.code
  }
  /** Lets seconds pass, one by one, as the guard's ticks need. */
  async function pass(seconds: number) {
    for (let second = 0; second < seconds; second++) {
      clock.advance(1)
      await issuer.settle()
    }
  }
  const token = issuer.token()
  assert.equal(await check(token), 'allowed')
  await pass(5)
  const list = () => guard.health().lists[0]
  assert.equal(list()?.feed, 'open')
  return { issuer, lies, requests, token, check, pass, list }
}

function lyingStream(response: Response, lies: Lies): ReadableStream<Uint8Array> | null {
  const [encoder, decoder] = [new TextEncoder(), new TextDecoder()]
  const lie = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      for (const event of decoder.decode(chunk).split('\n\n').filter(Boolean))
        for (const sent of lies.events(event)) controller.enqueue(encoder.encode(`${sent}\n\n`))
    },
  })
  return response.body && response.body.pipeThrough(lie)
}

type Payload = Readonly<Record<string, unknown>>

const payloadOf = (event: string): Payload =>
  JSON.parse(
    Buffer.from(/data: [^.]*\.([^.]*)/.exec(event)?.[1] ?? '', 'base64url').toString(),
  ) as Payload
const isChange = (event: string) => (payloadOf(event)['idx'] as readonly number[]).length > 0

/** Returns the event with another payload, and the signature of the issuer. */
function altered(event: string, change: Payload): string {
  const payload = JSON.stringify({ ...payloadOf(event), ...change })
  return event.replace(/(data: [^.]*\.)[^.]*/, `$1${Buffer.from(payload).toString('base64url')}`)
}

const dataOf = (token: string) => `event: status\nid: 1\ndata: ${token}`

suite('a guard that follows a relay', () => {
  test('requests lists and the feed from it, and keys from the issuer', async () => {
    const { issuer, requests, token, check } = await relayed()
    await issuer.revoke(token)
    assert.equal(await check(token), 'token_revoked')
    assert.deepEqual(requests, ['/status-lists/1', '/status-lists/1/feed'])
    assert.equal(issuer.keyRequests, 1)
  })

  test('[23.40] rejects an event that the relay altered, and loads the list for what it may have said', async () => {
    const { issuer, lies, token, check, list } = await relayed()
    lies.events = (event) => [isChange(event) ? altered(event, { idx: [] }) : event]
    await issuer.revoke(token)
    assert.equal(list()?.refused, 1)
    assert.equal(list()?.feed, 'cut')
    await issuer.settle()
    assert.equal(await check(token), 'token_revoked')
  })

  test('[23.41] finds an event that the relay dropped with the next heartbeat', async () => {
    const { issuer, lies, token, check, pass, list } = await relayed()
    lies.events = (event) => (isChange(event) ? [] : [event])
    await issuer.revoke(token)
    assert.equal(await check(token), 'allowed')
    await pass(6)
    assert.equal(list()?.gaps, 1)
    assert.equal(await check(token), 'token_revoked')
  })

  test('[23.42] refuses tokens within maxStale if the relay drops events and serves an old list, with heartbeats or without', async () => {
    for (const sendsHeartbeats of [true, false]) {
      const { issuer, lies, token, check, pass, list } = await relayed()
      const old = await (await issuer.fetch(`${issuer.url}/status-lists/1`)).text()
      lies.list = () => old
      lies.events = (event) => (isChange(event) || !sendsHeartbeats ? [] : [event])
      await issuer.revoke(token)
      await pass(maxStale + 5)
      assert.equal(await check(token), 'revocation_unknown', String(sendsHeartbeats))
      assert.equal(list()?.current, false)
      assert.equal(list()?.feed, sendsHeartbeats ? 'open' : 'cut')
    }
  })

  test('[23.43] loses nothing to a relay that sends events in another order, and takes no old heartbeat for news', async () => {
    const { issuer, lies, token, check, pass, list } = await relayed()
    const [second, held] = [issuer.token(), [] as string[]]
    lies.events = (event) => {
      if (!isChange(event)) return [event]
      held.push(event)
      return held.length === 2 ? held.toReversed() : []
    }
    await issuer.revoke(token)
    await issuer.revoke(second)
    assert.deepEqual([await check(token), await check(second)], ['token_revoked', 'token_revoked'])
    assert.equal(list()?.gaps, 1)
    const beats: string[] = []
    lies.events = (event) => (beats.push(event) > 2 ? [] : [event])
    await pass(10)
    lies.events = () => [String(beats[0])]
    await pass(10)
    assert.equal(list()?.age, 10)
  })

  test('[23.44] rejects what another issuer has signed, and what was signed for another list', async () => {
    const { issuer, lies, token, check, pass, list } = await relayed()
    const { url, clock } = issuer
    const uri = `${url}/status-lists/1`
    const idle = { uri, after: 0, seq: 0, indexes: [], lifetime: 15 }
    const signerOf = (key = throwawayKey(), by = url) =>
      createStatusListSigner({ key, issuer: by, clock })
    const old = await (await issuer.fetch(uri)).text()
    lies.list = () => old
    const before = list()?.age ?? 0
    for (const lie of [
      () => signerOf(generateKey('ES256')).change(idle),
      () => signerOf(throwawayKey(), 'https://other.example').change(idle),
      () => signerOf().change({ ...idle, uri: `${uri}1` }),
    ]) {
      const refused = Number(list()?.refused)
      lies.events = () => [dataOf(lie())]
      await pass(5)
      assert.ok(Number(list()?.refused) > refused, String(lie))
      assert.equal(list()?.changes, 0)
    }
    assert.equal(list()?.age, before + 10, 'the old list counts for the 5 s that clocks may differ')
    lies.list = (current) => current
    await issuer.revoke(token)
    await pass(maxStale)
    assert.equal(await check(token), 'token_revoked', 'by the list, which is honest again')
  })

  test('[23.45] counts a relay as disconnected that delays everything by more than 20 seconds', async () => {
    const { issuer, lies, token, check, pass, list } = await relayed()
    const { clock, url } = issuer
    const old = await (await issuer.fetch(`${url}/status-lists/1`)).text()
    const delayed: { readonly event: string; readonly at: number }[] = []
    lies.list = () => old
    lies.events = (event) => {
      delayed.push({ event, at: clock.now() })
      const isDue = delayed.some(({ at }) => at < clock.now() - 20)
      return isDue ? [String(delayed.shift()?.event)] : []
    }
    await pass(21)
    await issuer.revoke(token)
    await pass(14)
    assert.equal(list()?.feed, 'cut')
    assert.equal(await check(token), 'revocation_unknown')
  })
})

test('a relay must be a URL, for a guard that follows or polls lists', () => {
  const { url, audience } = createTestIssuer()
  const create = (revocation: object) => createGuard({ issuer: url, audience, revocation })
  for (const wrong of [
    'relay.internal',
    'ftp://relay.internal',
    'http://relay/?a',
    'http://a@b',
    7,
  ])
    assert.throws(() => create({ relay: wrong }), { code: 'guard_invalid' }, String(wrong))
  const source = { statusOf: () => 'good' as const }
  assert.throws(() => create({ source, relay }), { code: 'guard_invalid' })
  create({ relay: 'https://relay.example', source: 'poll' }).close()
})
