import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { indexOf, readFeed } from '@countersign/testing/feed'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { scratch } from '@countersign/testing/files'
import { get, post } from '@countersign/testing/http'
import { startTwoServers } from '@countersign/testing/servers'
import { countersign, run } from '@countersign/testing/process'

const admin = { username: 'admin', password: 'password' }
const timeout = 20_000 // milliseconds; it takes some 30 on an idle machine

async function signIn(url: string) {
  const { body } = await post(`${url}/login`, admin)
  return String(body['token'])
}

async function signOut(url: string, token: string) {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`${url}/logout`, { method: 'POST', headers })
  assert.equal(response.status, 204)
}

const follow = (url: string, issuer: string, seen?: string) =>
  readFeed(fetch, { url, issuer, seen })

async function codeOf(url: string, token: string) {
  const { status, body } = await get(`${url}/protected`, token)
  return status === 200 ? 'good' : body['code']
}

/** Runs `countersign feed watch`, and returns its output line by line. */
function watch(issuer: string) {
  const [program = '', ...args] = [...countersign, 'feed', 'watch', issuer, '--json']
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return { line: async () => String((await lines.next()).value), stop: () => void child.kill() }
}

/** Waits until a server refuses a token, and returns the milliseconds. */
async function refusedWithin(url: string, token: string): Promise<number> {
  const from = Date.now()
  while ((await codeOf(url, token)) !== 'token_revoked') {
    assert.ok(Date.now() - from < timeout, 'it is never refused')
    await setTimeout(5)
  }
  return Date.now() - from
}

test('on PostgreSQL one server announces a sign-out at the other, also after a restart of the database', async (t) => {
  await using database = await startPostgres({ own: true })
  if (!database) return t.skip(howToGetPostgres)
  using folder = scratch()
  const secret = `${folder.path}/url`
  writeFileSync(secret, await database.url('revocation'))
  await using world = await startTwoServers({ COUNTERSIGN_DATABASE_URL_FILE: secret })
  const { urls, issuer } = world
  const [a, b] = urls
  const tokens = await Promise.all(Array.from({ length: 6 }, () => signIn(a)))
  const feed = await follow(b, issuer)
  await signOut(a, tokens[0]!)
  assert.deepEqual((await feed.nextChange())?.indexes, [indexOf(tokens[0]!)])
  assert.equal(await codeOf(a, tokens[0]!), 'token_revoked')
  await refusedWithin(b, tokens[0]!)

  await database.killAndRestart()
  const deadline = Date.now() + 60_000
  for (let ended = false; !ended; await setTimeout(50)) {
    assert.ok(Date.now() < deadline, 'the servers do not come back')
    ended = await signOut(a, tokens[1]!).then(
      () => true,
      () => false,
    )
  }
  const heard = await feed.nextChange()
  assert.deepEqual(heard?.indexes, [indexOf(tokens[1]!)])
  await feed.cancel()

  const { code, output } = await run(
    [...countersign, 'session', 'end', '--user', 'admin', '--yes'],
    {
      env: world.env,
    },
  )
  assert.equal(code, 0, output)
  for (const url of urls) for (const token of tokens) await refusedWithin(url, token)
  const again = await follow(b, issuer, heard?.id)
  const missed = await again.nextChange()
  const left = new Set(tokens.slice(2).map(indexOf))
  assert.ok([...left].every((index) => missed?.indexes.includes(index)))
  await again.cancel()
})

test('[18.13] by polling, another server refuses the token of a signed-out session within the stated bound', async () => {
  using folder = scratch()
  await using world = await startTwoServers({
    COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/one.db`,
  })
  const [a, b] = world.urls
  for (let round = 0; round < 5; round++) {
    const token = await signIn(a)
    await signOut(a, token)
    assert.equal(
      await codeOf(a, token),
      'token_revoked',
      'the server that confirmed it refuses at once',
    )
    const took = await refusedWithin(b, token)
    assert.ok(took < 3_000, `${took} ms; the bound is 1.1 s on an idle machine`)
  }
})

test('servers on one SQLite file poll for changes, and a restart loses none', async () => {
  using folder = scratch()
  await using world = await startTwoServers({
    COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/one.db`,
  })
  const { urls, issuer } = world
  const [a, b] = urls
  const tokens = [await signIn(a), await signIn(a), await signIn(b)]
  const feed = await follow(b, issuer)
  const watching = watch(issuer)
  assert.match(await watching.line(), /"indexes":\[\]/)
  await signOut(a, tokens[0]!)
  assert.match(
    await watching.line(),
    new RegExp(`"seq":\\d+,"indexes":\\[${indexOf(tokens[0]!)}\\]`),
  )
  watching.stop()
  const heard = await feed.nextChange()
  assert.deepEqual(heard?.indexes, [indexOf(tokens[0]!)])
  await world.stop(1)
  assert.equal(await feed.nextChange(), undefined, 'a server that stops ends its feeds')
  await signOut(a, tokens[1]!)
  await world.start(1)
  assert.equal(await codeOf(b, tokens[0]!), 'token_revoked')
  assert.equal(await codeOf(b, tokens[1]!), 'token_revoked', 'what happened while it was away')
  assert.equal(await codeOf(b, tokens[2]!), 'good')
  const again = await follow(b, issuer, heard?.id)
  assert.deepEqual((await again.nextChange())?.indexes, [indexOf(tokens[1]!)])
  await again.cancel()
})
