import { createStatusListSigner } from '@countersign/token/internal'
import { generateKey } from '@countersign/token'
import { indexOf, type FeedReader, type ReceivedChange } from '@countersign/testing/feed'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from './config/load.ts'
import { first, issuer, second, startRelays } from './create-relay.fixture.ts'
import { createRelayServer } from './create-relay.ts'

/** Returns the first event with a later number: each is verified as it arrives. */
async function newsAfter(feed: FeedReader, before: number): Promise<ReceivedChange> {
  for (;;) {
    const event = await feed.next()
    if (!event) throw new Error('the feed ended')
    if (event.seq > before) return event
  }
}

const statusOf = async (answer: Promise<Response>) => (await answer).status

test('a relay, and a relay behind it, serve the list and pass on each event as the issuer signed them', async () => {
  await using relays = await startRelays()
  const { get, follow, signIn, signOut } = relays
  const session = await signIn()
  const own = await get(`${issuer}/status-lists/1`)
  for (const url of [first, second]) {
    assert.deepEqual(await (await get(`${url}/status-lists`)).json(), {
      status_lists: [`${issuer}/status-lists/1`],
    })
    const list = await get(`${url}/status-lists/1`)
    assert.equal(list.headers.get('content-type'), 'application/statuslist+jwt')
    assert.equal(await list.text(), await own.clone().text())
    assert.equal(await statusOf(get(`${url}/health/live`)), 200)
  }
  const feeds = [await follow(first), await follow(second)]
  for (const feed of feeds) assert.deepEqual((await feed.next())?.indexes, [])
  await signOut(session)
  for (const feed of feeds)
    assert.deepEqual((await feed.nextChange())?.indexes, [indexOf(session.token)])
  for (const url of [first, second]) assert.equal(await statusOf(get(`${url}/health/ready`)), 200)
  for (const feed of feeds) await feed.cancel()
})

test('however many guards follow a relay, it follows the server once, and requests a list once for a change', async () => {
  await using relays = await startRelays()
  const { get, follow, requests, signIn, signOut } = relays
  const session = await signIn()
  const feeds = await Promise.all(Array.from({ length: 20 }, () => follow(first)))
  await signOut(session)
  for (const feed of feeds) assert.ok(await feed.nextChange())
  const lists = await Promise.all(
    Array.from({ length: 20 }, async () => (await get(`${first}/status-lists/1`)).text()),
  )
  assert.equal(new Set(lists).size, 1)
  const count = (path: string) => requests.filter((one) => one === path).length
  assert.deepEqual([count('/status-lists/1/feed'), count('/status-lists/1')], [1, 2])
  for (const feed of feeds) await feed.cancel()
})

test('a guard that reconnects gets the changes that it missed, or learns from the event that it missed some', async () => {
  await using relays = await startRelays()
  const { follow, signIn, signOut, pass, soon } = relays
  const sessions = [await signIn(), await signIn(), await signIn()]
  const feed = await follow(first)
  const { id } = (await feed.next())!
  for (const one of sessions.slice(0, 2)) await signOut(one)
  await feed.cancel()
  const again = await follow(first, id)
  const missed = [await soon(again.nextChange()), await soon(again.nextChange())]
  assert.deepEqual(
    missed.map((one) => one?.indexes[0]),
    sessions.slice(0, 2).map(({ token }) => indexOf(token)),
  )
  await again.cancel()
  await pass(20) // the events of the two changes have expired
  const behind = await follow(first, id)
  const late = await soon(behind.next())
  assert.ok(late && late.after > Number(id), 'a gap: the list has what was missed')
  assert.deepEqual(late.indexes, [])
  await behind.cancel()
})

test('a relay that cannot reach its server is not ready, and answers 503 instead of an old list; afterwards its guards learn that they missed something', async () => {
  await using relays = await startRelays()
  const { network, get, follow, signIn, signOut, pass, soon } = relays
  const session = await signIn()
  const feed = await follow(first)
  const before = (await feed.next())?.seq ?? 0
  const news = newsAfter(feed, before)
  network.isDown = true
  network.cut()
  await pass(6)
  await signOut(session)
  const list = await get(`${first}/status-lists/1`)
  assert.deepEqual([list.status, list.headers.get('retry-after')], [503, '1'])
  assert.equal(await statusOf(get(`${first}/health/ready`)), 503)
  assert.equal(await statusOf(get(`${first}/health/live`)), 200)
  network.isDown = false
  const { indexes, after } = await soon(news)
  assert.ok(indexes.includes(indexOf(session.token)) || after > before, 'the change, or a gap')
  assert.equal(await statusOf(get(`${first}/health/ready`)), 200)
  assert.equal(await statusOf(get(`${first}/status-lists/1`)), 200)
  await feed.cancel()
})

test('[23.46] lists that do not exist cost the server one request in a second, however many are asked for', async () => {
  await using relays = await startRelays()
  const { get, requests } = relays
  const codes = await Promise.all(
    Array.from({ length: 100 }, (_, id) => statusOf(get(`${first}/status-lists/${id + 2}/feed`))),
  )
  assert.deepEqual([...new Set(codes)], [404])
  assert.deepEqual(requests, ['/status-lists'])
  assert.equal(await statusOf(get(`${first}/login`)), 404)
})

test('[23.47] a relay passes on nothing that the issuer has not signed', async () => {
  await using relays = await startRelays()
  const { clock, network, follow, signIn, signOut } = relays
  const session = await signIn()
  const signer = createStatusListSigner({ key: generateKey('ES256'), issuer, clock })
  const uri = `${issuer}/status-lists/1`
  const forged = signer.change({ uri, after: 0, seq: 1, indexes: [1], lifetime: 15 })
  network.tamper = (answer, path) => {
    if (!path.endsWith('/feed') || !answer.body) return answer
    const intruder = new TransformStream<Uint8Array, Uint8Array>({
      start: (controller) =>
        controller.enqueue(new TextEncoder().encode(`event: status\nid: 1\ndata: ${forged}\n\n`)),
    })
    return new Response(answer.body.pipeThrough(intruder), answer)
  }
  const feed = await follow(first)
  await signOut(session)
  assert.deepEqual((await feed.nextChange())?.indexes, [indexOf(session.token)])
  await feed.cancel()
})

test('a relay that stops ends the feeds of its guards', async () => {
  const relays = await startRelays()
  await relays.signIn()
  const feed = await relays.follow(second)
  await feed.next()
  await relays[Symbol.asyncDispose]()
  assert.equal(await feed.next(), undefined)
})

test('a relay refuses settings that it would not follow', async () => {
  const create = (env: Record<string, string>) =>
    createRelayServer(loadConfig({ mode: 'production', env }), { issuer, upstream: issuer })
  const tls = { COUNTERSIGN_TLS_CERTIFICATE_FILE: 'a', COUNTERSIGN_TLS_KEY_FILE: 'b' }
  await assert.rejects(create({ ...tls, COUNTERSIGN_TLS_REDIRECT_PORT: '80' }), {
    code: 'setting_invalid',
  })
  const open = { COUNTERSIGN_METRICS_PORT: '9464', COUNTERSIGN_METRICS_HOST: '0.0.0.0' }
  await assert.rejects(create(open), { code: 'setting_missing' })
})
