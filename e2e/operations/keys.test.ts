import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { inspect } from '@countersign/token'
import type { TestServer } from '@countersign/server/testing'
import { reencrypt } from '../../packages/server/src/domain/keys/reencrypt.ts'
import {
  rotateByHand,
  type RotationUrgency,
} from '../../packages/server/src/domain/keys/rotate-signing-keys.ts'
import { activeOf, standbyOf } from '../../packages/server/src/domain/keys/signing-key.ts'
import {
  replaceRootSecret,
  replaceLostKeys,
} from '../../packages/server/src/domain/keys/replace-lost-keys.ts'
import { verifyAuditLog } from '../../packages/server/src/domain/audit-log/verify-audit-log.ts'
import { revokeSigningKey } from '../../packages/server/src/domain/keys/revoke-signing-key.ts'
import {
  day,
  farGuard,
  hour,
  minute,
  newEncryptionKey,
  newWorld,
  post,
  published,
  signIn,
  statusOf,
  type Env,
  type World,
} from './keys.fixture.ts'

const sampleUser = { username: 'admin', password: 'password' }
const kidOf = (token: string) => String(inspect(token).header['kid'])
const algorithmOf = (token: string) => inspect(token).header['alg']

function rotate({ byHand, clock }: World, haste: RotationUrgency, env: Env = {}) {
  return byHand(async (runtime) => {
    const active = activeOf(await runtime.store.signingKeys.list(), clock.now())
    return rotateByHand(runtime, active!.id, haste)
  }, env)
}

async function assertAll(
  servers: readonly TestServer[],
  tokens: readonly string[],
  status: number,
) {
  for (const server of servers)
    for (const token of tokens) assert.equal(await statusOf(server, token), status)
}

test('two servers on one database change keys in the same second, and believe each other throughout', async () => {
  using world = newWorld({ COUNTERSIGN_TOKENS_LIFETIME: '24h' })
  await using a = await world.server()
  await using b = await world.server()
  const servers = [a, b]
  assert.deepEqual(await published(a), await published(b))
  const before = [await signIn(a), await signIn(b)]
  assert.equal(new Set(before.map(kidOf)).size, 1)

  world.clock.advance(90 * day - 1) // no job runs: the plan was made when the first server started
  const last = [await signIn(a), await signIn(b)]
  world.clock.advance(1)
  const next = [await signIn(a), await signIn(b)]
  assert.equal(new Set([...before, ...last].map(kidOf)).size, 1)
  assert.equal(new Set(next.map(kidOf)).size, 1)
  assert.notEqual(kidOf(next[0]!), kidOf(last[0]!))
  await assertAll(servers, [...last, ...next], 200)

  await a.runJobs() // one introduces the key after next, and the other learns of it
  await b.runJobs()
  assert.equal((await published(b)).length, 3)
  assert.deepEqual(await published(a), await published(b))
  world.clock.advance(day)
  await assertAll(servers, next, 200)
  world.clock.advance(hour)
  assert.ok(
    !(await published(a)).includes(kidOf(last[0]!)),
    'published no more when its tokens have ended',
  )
})

test('by hand a server lets the next key sign, and another that has not heard of it loses no token', async () => {
  using world = newWorld()
  await using a = await world.server()
  await using b = await world.server()
  world.clock.advance(3 * day)
  const before = await signIn(b)
  assert.equal(await rotate(world, 'published'), 'done')
  await a.runJobs()
  const [early, late] = [await signIn(a), await signIn(b)]
  assert.notEqual(kidOf(early), kidOf(before))
  assert.equal(kidOf(late), kidOf(before), 'it has not looked yet')
  await assertAll([a, b], [before, early, late], 200)
  await b.runJobs()
  assert.equal(kidOf(await signIn(b)), kidOf(early))
  await assertAll([a, b], [before, early, late], 200)
})

test('a key that got out is refused, and the key in its place is one that every cache knows', async () => {
  using world = newWorld()
  await using a = await world.server()
  await using b = await world.server()
  world.clock.advance(3 * day)
  const guard = farGuard(a, world.clock)
  await guard.keys.refresh()
  const stolen = await signIn(a)
  assert.equal(guard.verdict(stolen), 'good')

  await rotate(world, 'now')
  await a.runJobs()
  await b.runJobs()
  await assertAll([a, b], [stolen], 401)
  const fresh = await signIn(a)
  await assertAll([a, b], [fresh], 200)
  assert.equal(guard.verdict(fresh), 'good', 'without looking')
  world.clock.advance(10 * minute)
  await guard.keys.refresh()
  assert.equal(guard.verdict(stolen), 'key_unknown')
  assert.equal(guard.verdict(fresh), 'good')
})

test('when the next key got out too, a new one signs, and servers that meet it learn of it', async () => {
  using world = newWorld()
  await using a = await world.server()
  await using b = await world.server()
  world.clock.advance(minute)
  const stolen = await signIn(a)
  await world.byHand(async (runtime) => {
    const next = standbyOf(await runtime.store.signingKeys.list(), world.clock.now())
    await revokeSigningKey(runtime, next!.id)
  })
  await rotate(world, 'now')
  await a.runJobs()
  const fresh = await signIn(a)
  await assertAll([b], [fresh], 200) // it has run no job since
  await assertAll([a, b], [stolen], 401)
})

test('the algorithm changes without a refusal, from elliptic curves to the post-quantum ML-DSA', async () => {
  using world = newWorld({
    COUNTERSIGN_TOKENS_LIFETIME: '24h',
    COUNTERSIGN_KEYS_PUBLICATION_LEAD: '1h',
  })
  const tokens: string[] = []
  for (const algorithm of ['ES256', 'EdDSA', 'ML-DSA-44']) {
    const env = { COUNTERSIGN_KEYS_ALGORITHM: algorithm }
    await using a = await world.server(env)
    await using b = await world.server(env)
    world.clock.advance(2 * hour) // the next key of the other algorithm has stood by for an hour and can be replaced
    for (const server of [a, b]) await server.runJobs()
    const guard = farGuard(a, world.clock)
    await guard.keys.refresh()
    world.clock.advance(hour)
    if (algorithm !== 'ES256') await rotate(world, 'published', env)
    for (const server of [a, b]) await server.runJobs()
    tokens.push(await signIn(a), await signIn(b))
    assert.equal(algorithmOf(tokens.at(-1)!), algorithm)
    await assertAll([a, b], tokens, 200)
    for (const token of tokens) assert.equal(guard.verdict(token), 'good', 'without looking')
  }
  assert.deepEqual([...new Set(tokens.map(algorithmOf))], ['ES256', 'EdDSA', 'ML-DSA-44'])
})

test('the key-encryption key changes while servers run, and the one before can go', async () => {
  const [old, next] = [newEncryptionKey(), newEncryptionKey()]
  using world = newWorld()
  const settings = (current: string, previous: string): Env => ({
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: current,
    COUNTERSIGN_KEYS_PREVIOUS_ENCRYPTION_KEYS: previous,
  })
  const a = await world.server(settings(old, ''))
  const b = await world.server(settings(old, next)) // first every server is told of the new one
  const tokens = [await signIn(a), await signIn(b)]
  await a.close()
  const busy = Array.from({ length: 20 }, () => signIn(b))
  await using c = await world.server(settings(next, old)) // then they take it, one by one; this one seals everything anew
  await assertAll([b, c], await Promise.all(busy), 200)
  assert.deepEqual(await world.byHand(reencrypt, settings(next, '')), {
    reencrypted: 0,
    missing: [],
  })
  world.clock.advance(90 * day)
  for (const server of [b, c]) await server.runJobs()
  tokens.push(await signIn(b), await signIn(c))
  assert.equal(new Set(tokens.slice(2).map(kidOf)).size, 1)
  await assertAll([b, c], tokens.slice(2), 200)
  await b.close()
  const left = await world.byHand(reencrypt, settings(next, old))
  assert.deepEqual(left.missing, [])
  await using d = await world.server(settings(next, '')) // the old one is gone
  await assertAll([c, d], [...tokens.slice(2), await signIn(d)], 200)

  await assert.rejects(world.server(settings(old, '')), { code: 'decryption_failed' })
  await assert.rejects(world.server(settings(newEncryptionKey(), '')), {
    code: 'decryption_failed',
  })
  await assert.rejects(world.server(settings(next, 'c2hvcnQ=')), { code: 'setting_invalid' })
  for (const name of [world.file, `${world.file}-wal`]) {
    const bytes = readFileSync(name, 'latin1')
    assert.doesNotMatch(bytes, /"d":|"priv":|PRIVATE KEY/, 'no private key lies open')
    for (const key of [old, next]) assert.ok(!bytes.includes(key.replace(/=$/, '')))
  }
})

test('when the key-encryption key is lost, new keys are made by hand, and only access tokens are lost with it', async () => {
  const settings = (key: string): Env => ({ COUNTERSIGN_KEYS_ENCRYPTION_KEY: key })
  const [lost, next] = [newEncryptionKey(), newEncryptionKey()]
  using world = newWorld()
  const before = await world.server(settings(lost))
  const { token, refresh_token } = await post(before, '/login', sampleUser)
  await before.close()
  await assert.rejects(world.server(settings(next)), { code: 'decryption_failed' })

  await world.byHand(replaceLostKeys, settings(next), replaceRootSecret)
  await assert.rejects(world.byHand(replaceLostKeys, settings(next), replaceRootSecret), {
    code: 'key_not_lost',
  })
  await using after = await world.server(settings(next))
  await assertAll([after], [token], 401)
  const { token: refreshed } = await post(after, '/refresh', { refresh_token })
  await assertAll([after], [refreshed], 200)
  const report = await world.byHand(
    (runtime) => verifyAuditLog(runtime, [], () => {}),
    settings(next),
  )
  assert.equal(report.fault, undefined)
  assert.ok(report.unverifiable > 0 && report.entries > 0)
})
