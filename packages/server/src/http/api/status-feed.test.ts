import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { testServer, type TestServer } from '../../testing.ts'
import { indexOf, readFeed } from '@countersign/testing/feed'
import { scratch } from '@countersign/testing/files'

const url = 'http://localhost:5000'

function post(server: TestServer, path: string, body: unknown) {
  const headers = { 'content-type': 'application/json' }
  return server.fetch(
    new Request(url + path, { method: 'POST', headers, body: JSON.stringify(body) }),
  )
}

interface Tokens {
  readonly token: string
  readonly refresh_token: string
}

async function signIn(server: TestServer) {
  const answer = await post(server, '/login', { username: 'admin', password: 'password' })
  return (await answer.json()) as Tokens
}

async function signOut(server: TestServer, { refresh_token }: Tokens) {
  assert.equal((await post(server, '/logout', { refresh_token })).status, 204)
}

const follow = (server: TestServer, seen?: string) =>
  readFeed((httpRequest) => server.fetch(httpRequest), { url, clock: server.clock, seen })

/** Returns the number of changes since the start, if the server's clock has not advanced: sequence numbers begin at its time. */
const nth = (server: TestServer, seq: number) => Math.max(0, seq - server.clock.now() * 1_000)
const numberOf = (server: TestServer, at: number) => String(server.clock.now() * 1_000 + at)

/** Ends many sessions; their bits arrive in one event or in several. */
async function endMany(server: TestServer, count: number) {
  for (let left = count; left > 0; left -= 50)
    await Promise.all(
      Array.from({ length: Math.min(50, left) }, async () => signOut(server, await signIn(server))),
    )
}

test('a feed first sends the current sequence number, then each change, before the sign-out is answered', async () => {
  await using server = await testServer()
  const [one, two] = [await signIn(server), await signIn(server)]
  const feed = await follow(server)
  const { after, seq, indexes, id } = (await feed.next())!
  assert.deepEqual([after, seq, indexes, id], [0, 0, [], '0'])
  let told = false
  const first = feed.next().then((event) => {
    told = true
    return event!
  })
  await signOut(server, one)
  await Promise.resolve()
  assert.equal(told, true, 'the event was there when the answer was')
  assert.deepEqual(
    [(await first).after, nth(server, (await first).seq), (await first).indexes],
    [0, 1, [indexOf(one.token)]],
  )
  await signOut(server, two)
  const second = (await feed.next())!
  assert.deepEqual(
    [nth(server, second.after), nth(server, second.seq), second.indexes],
    [1, 2, [indexOf(two.token)]],
  )
  await feed.cancel()
})

test('a reader that reconnects with the last id receives what it missed, in one event, and nothing twice', async () => {
  await using server = await testServer()
  const sessions = [await signIn(server), await signIn(server), await signIn(server)]
  const feed = await follow(server)
  await feed.next()
  await signOut(server, sessions[0]!)
  const { id } = (await feed.next())!
  await feed.cancel()
  for (const one of sessions.slice(1)) await signOut(server, one)
  const again = await follow(server, id)
  const missed = (await again.next())!
  assert.deepEqual([nth(server, missed.after), nth(server, missed.seq)], [1, 3])
  assert.deepEqual(
    missed.indexes,
    sessions.slice(1).map(({ token }) => indexOf(token)),
  )
  const upToDate = (await (await follow(server, numberOf(server, 3))).next())!
  assert.deepEqual(
    [nth(server, upToDate.after), upToDate.seq - upToDate.after, upToDate.indexes],
    [3, 0, []],
  )
  const ahead = (await (await follow(server, numberOf(server, 9))).next())!
  assert.deepEqual(
    [ahead.after, ahead.seq],
    [upToDate.after, upToDate.seq],
    'also one that another server told more',
  )
})

test('changes older than the history are not sent again: the event says so, and the list has them', async () => {
  await using server = await testServer()
  await endMany(server, 1_100)
  const gap = (await (await follow(server, '0')).next())!
  assert.deepEqual([nth(server, gap.after), nth(server, gap.seq), gap.indexes], [1_100, 1_100, []])
  const near = (await (await follow(server, numberOf(server, 1_000))).next())!
  assert.deepEqual(
    [nth(server, near.after), nth(server, near.seq), near.indexes.length],
    [1_000, 1_100, 100],
  )
  const junk = (await (await follow(server, '1e3')).next())!
  assert.equal(junk.after, gap.after)
})

test('heartbeats are sent while the database can be read, each with a new signature', async () => {
  await using server = await testServer()
  await signOut(server, await signIn(server))
  const feed = await follow(server)
  const { issuedAt, expiresAt, seq: first } = (await feed.next())!
  assert.equal(expiresAt - issuedAt, 15)
  for (let beat = 1; beat <= 3; beat++) {
    await setImmediate()
    server.clock.advance(5)
    const { after, seq, indexes, issuedAt: at } = (await feed.next())!
    assert.deepEqual([after, seq, indexes, at - issuedAt], [first, first, [], 5 * beat])
  }
  await feed.cancel()
})

test('[23.61] a heartbeat follows a read that has just succeeded, and a new follower gets nothing from a server that has not read for three seconds', async () => {
  using folder = scratch()
  const file = join(folder.path, 'server.db')
  await using server = await testServer({ COUNTERSIGN_DATABASE_URL: `sqlite:${file}` })
  await signOut(server, await signIn(server))
  const feed = await follow(server)
  const { issuedAt } = (await feed.next())!
  using database = new DatabaseSync(file)
  database.exec('ALTER TABLE status_changes RENAME TO gone')
  server.clock.advance(4)
  const late = await follow(server)
  server.clock.advance(1) // the read before this heartbeat fails
  await assert.rejects(server.runJobs(), { code: 'database_unusable' }) // one of them reads after that
  await setImmediate()
  database.exec('ALTER TABLE gone RENAME TO status_changes')
  server.clock.advance(5)
  for (const reader of [feed, late]) {
    assert.equal((await reader.next())!.issuedAt - issuedAt, 10)
    await reader.cancel()
  }
})

test('the number of followers is limited; a disconnect frees a place, and stopping ends all connections', async () => {
  const server = await testServer({ COUNTERSIGN_REVOCATION_FEED_CONNECTIONS: '2' })
  await signIn(server)
  const feeds = [await follow(server), await follow(server)]
  const request = (method = 'GET') =>
    server.fetch(new Request(`${url}/status-lists/1/feed`, { method }))
  const refused = await request()
  assert.equal(refused.status, 503)
  assert.equal(((await refused.json()) as { readonly code: string }).code, 'feed_full')
  assert.ok(Number(refused.headers.get('retry-after')) >= 1)
  await feeds[0]!.cancel()
  assert.equal((await request('HEAD')).status, 200, 'which follows nothing')
  const third = await follow(server)
  await server.close()
  for (const feed of [feeds[1]!, third]) {
    assert.deepEqual((await feed.next())?.indexes, [])
    assert.equal(await feed.next(), undefined)
  }
})

test('one network cannot use up all connections; a disconnect frees a place there', async () => {
  await using server = await testServer({ COUNTERSIGN_REVOCATION_FEED_CONNECTIONS: '40' })
  await signIn(server)
  const from = async (address?: string) => {
    const httpRequest = new Request(`${url}/status-lists/1/feed`)
    return server.fetch(httpRequest, { address })
  }
  const open = await Promise.all(
    Array.from({ length: 16 }, (_, n) => from(n % 2 === 0 ? '192.0.2.1' : '::ffff:192.0.2.1')),
  )
  assert.deepEqual([...new Set(open.map(({ status }) => status))], [200])
  const refused = await from('192.0.2.1')
  assert.equal(refused.status, 503)
  assert.equal(((await refused.json()) as { readonly code: string }).code, 'feed_full')
  const others = [await from('192.0.2.2'), await from('2001:db8::1'), await from()]
  assert.deepEqual([...new Set(others.map(({ status }) => status))], [200])
  await open[0]!.body?.cancel()
  const again = await from('192.0.2.1')
  assert.equal(again.status, 200)
  assert.equal((await from('192.0.2.1')).status, 503, 'one place was free, and no more')
  const unknown = await Promise.all(Array.from({ length: 21 }, () => from()))
  assert.deepEqual([...new Set(unknown.map(({ status }) => status))], [200])
  assert.equal((await from()).status, 503, 'all are taken')
  for (const one of [...open.slice(1), ...others, again, ...unknown]) await one.body?.cancel()
})

test('a reader that does not read is disconnected at 64 kB of waiting events, while others continue to receive', async () => {
  await using server = await testServer({ COUNTERSIGN_REVOCATION_FEED_CONNECTIONS: '2' })
  await signIn(server)
  const slow = await server.fetch(new Request(`${url}/status-lists/1/feed`))
  const feed = await follow(server)
  let heard = 0
  for (let beat = 0; beat < 400 && (await feed.next()); beat++) {
    heard++
    await setImmediate() // the next beat is due only when the last one is over
    server.clock.advance(5)
  }
  assert.equal(heard, 400)
  await assert.rejects(slow.text(), /too slow/)
  await (await follow(server)).cancel() // its place is free again
  await feed.cancel()
})
