// Limits on the resources of a relay that strangers can take: it asks for no credentials.
import { indexOf } from '@countersign/testing/feed'
import { scratch } from '@countersign/testing/files'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { first, startRelays } from './create-relay.fixture.ts'

const statusOf = async (answer: Promise<Response>) => (await answer).status
const listOf = (id: number) => `${first}/status-lists/${id}`
const feedOf = (id: number) => `${listOf(id)}/feed`

/** Starts relays of a server with a session in list 1, and so many lists more. */
async function startWithLists(count: number) {
  const folder = scratch()
  const file = join(folder.path, 'server.db')
  const relays = await startRelays({ server: { COUNTERSIGN_DATABASE_URL: `sqlite:${file}` } })
  const session = await relays.signIn()
  using database = new DatabaseSync(file)
  const add = database.prepare(
    'INSERT INTO status_lists (id, size, created_at) VALUES (?, 1024, 0)',
  )
  const others = Array.from({ length: count }, (_, at) => at + 2)
  for (const id of others) add.run(id)
  return {
    ...relays,
    session,
    others,
    async [Symbol.asyncDispose]() {
      await relays[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

test('[23.48] a stranger who requests every list of a large server keeps no guard from following one', async () => {
  await using relays = await startWithLists(140)
  const { get, follow, requests, session, signOut, others } = relays
  const requestAll = async () => {
    const codes = await Promise.all(others.map((id) => statusOf(get(listOf(id)))))
    assert.deepEqual([...new Set(codes)], [200])
  }
  await requestAll()
  assert.equal(await statusOf(get(listOf(1))), 200)
  const guards = [await follow(first)]
  assert.deepEqual((await guards[0]?.next())?.indexes, [])
  await requestAll()
  guards.push(await follow(first))
  assert.equal(await statusOf(get(`${first}/health/ready`)), 200)
  await signOut(session)
  for (const guard of guards)
    assert.deepEqual((await guard.nextChange())?.indexes, [indexOf(session.token)])
  const feeds = requests.filter((path) => path.endsWith('/feed'))
  assert.deepEqual(feeds, ['/status-lists/1/feed'], 'for both guards one, and none for requests')
  for (const guard of guards) await guard.cancel()
})

test('[23.48] while a stranger follows as many lists as a relay follows, guards get the others by request', async () => {
  await using relays = await startWithLists(70)
  const { get, follow, session, signOut, others } = relays
  const strangers = await Promise.all(others.map((id) => get(feedOf(id))))
  const following = strangers.filter(({ status }) => status === 200)
  assert.equal(following.length, 64)
  assert.equal(await statusOf(get(listOf(1))), 200)
  assert.equal(await statusOf(get(feedOf(1))), 503)
  assert.equal(await statusOf(get(`${first}/health/ready`)), 200)
  await following[0]?.body?.cancel()
  const feed = await follow(first)
  await signOut(session)
  assert.deepEqual((await feed.nextChange())?.indexes, [indexOf(session.token)])
  for (const { body } of following.slice(1)) await body?.cancel()
  await feed.cancel()
})

test('a relay follows a list only while guards do, and the next guard gets what was missed', async () => {
  await using relays = await startRelays()
  const { follow, requests, signIn, signOut, pass, soon } = relays
  const session = await signIn()
  const feed = await follow(first)
  const { id } = (await feed.next())!
  await feed.cancel()
  await pass(2)
  await signOut(session)
  const again = await follow(first, id)
  assert.deepEqual((await soon(again.nextChange()))?.indexes, [indexOf(session.token)])
  assert.equal(requests.filter((path) => path.endsWith('/feed')).length, 2)
  await again.cancel()
})

test('[23.48] followers leave connections of a relay free for requests', async () => {
  await using relays = await startRelays({ relay: { COUNTERSIGN_HTTP_MAX_CONNECTIONS: '10' } })
  const { get, signIn } = relays
  await signIn()
  const feeds = await Promise.all(Array.from({ length: 10 }, () => get(feedOf(1))))
  const codes = feeds.map(({ status }) => status)
  assert.deepEqual(codes, [...Array.from({ length: 9 }, () => 200), 503])
  for (const { body } of feeds) await body?.cancel()
})

test('a feed that is requested while a relay stops is refused, so that stopping does not wait for it', async () => {
  await using relays = await startRelays()
  const { network, get, close, signIn } = relays
  await signIn()
  const { promise, resolve } = Promise.withResolvers<void>()
  network.held = promise
  const answer = get(feedOf(1))
  await close(first)
  resolve()
  assert.equal(await statusOf(answer), 503)
})
