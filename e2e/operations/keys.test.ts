import { readKeyRing } from '../../packages/server/src/domain/keys/read-key-ring.ts'
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
import { signingKeysOf, standbyOf } from '../../packages/server/src/domain/keys/signing-key.ts'
import {
  replaceRootSecret,
  replaceLostKeys,
} from '../../packages/server/src/domain/keys/replace-lost-keys.ts'
import { verifyAuditLog } from '../../packages/server/src/domain/audit-log/verify-audit-log.ts'
import { revokeSigningKey } from '../../packages/server/src/domain/keys/revoke-signing-key.ts'
import {
  day,
  remoteGuard,
  hour,
  minute,
  newEncryptionKey,
  newCluster,
  post,
  published,
  signIn,
  statusOf,
  type Env,
  type Cluster,
} from './keys.fixture.ts'

const sampleUser = { username: 'admin', password: 'password' }
const kidOf = (token: string) => String(inspect(token).header['kid'])

function rotate({ runCommand, clock }: Cluster, haste: RotationUrgency, env: Env = {}) {
  return runCommand(async (runtime) => {
    const active = signingKeysOf((await readKeyRing(runtime)).ring, ['ES256'])(clock.now())
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

test('two servers on one database change keys in the same second, and accept each other’s tokens throughout', async () => {
  using cluster = newCluster({ COUNTERSIGN_TOKENS_LIFETIME: '24h' })
  await using a = await cluster.server()
  await using b = await cluster.server()
  const servers = [a, b]
  assert.deepEqual(await published(a), await published(b))
  const before = [await signIn(a), await signIn(b)]
  assert.equal(new Set(before.map(kidOf)).size, 1)

  cluster.clock.advance(90 * day - 1) // no job runs: the rotation was planned when the first server started
  const last = [await signIn(a), await signIn(b)]
  cluster.clock.advance(1)
  const next = [await signIn(a), await signIn(b)]
  assert.equal(new Set([...before, ...last].map(kidOf)).size, 1)
  assert.equal(new Set(next.map(kidOf)).size, 1)
  assert.notEqual(kidOf(next[0]!), kidOf(last[0]!))
  await assertAll(servers, [...last, ...next], 200)

  await a.runJobs() // one creates the key after next, and the other reads it
  await b.runJobs()
  assert.equal((await published(b)).length, 3)
  assert.deepEqual(await published(a), await published(b))
  cluster.clock.advance(day)
  await assertAll(servers, next, 200)
  cluster.clock.advance(hour)
  assert.ok(
    !(await published(a)).includes(kidOf(last[0]!)),
    'published no more when its tokens have ended',
  )
})

test('when a command rotates the key, a server that does not know of it yet refuses no token', async () => {
  using cluster = newCluster()
  await using a = await cluster.server()
  await using b = await cluster.server()
  cluster.clock.advance(3 * day)
  await Promise.all([a, b].map((server) => server.runJobs())) // after those that the clock has started
  const before = await signIn(b)
  assert.equal(await rotate(cluster, 'published'), 'done')
  await a.runJobs()
  const [early, late] = [await signIn(a), await signIn(b)]
  assert.notEqual(kidOf(early), kidOf(before))
  assert.equal(kidOf(late), kidOf(before), 'it has not polled yet')
  await assertAll([a, b], [before, early, late], 200)
  await b.runJobs()
  assert.equal(kidOf(await signIn(b)), kidOf(early))
  await assertAll([a, b], [before, early, late], 200)
})

test('a leaked key is refused, and the key that replaces it is in every cache', async () => {
  using cluster = newCluster()
  await using a = await cluster.server()
  await using b = await cluster.server()
  cluster.clock.advance(3 * day)
  const guard = remoteGuard(a, cluster.clock)
  await guard.keys.refresh()
  const stolen = await signIn(a)
  assert.equal(guard.verdict(stolen), 'good')

  await rotate(cluster, 'now')
  await a.runJobs()
  await b.runJobs()
  await assertAll([a, b], [stolen], 401)
  const fresh = await signIn(a)
  await assertAll([a, b], [fresh], 200)
  assert.equal(guard.verdict(fresh), 'good', 'without looking')
  cluster.clock.advance(10 * minute)
  await guard.keys.refresh()
  assert.equal(guard.verdict(stolen), 'key_unknown')
  assert.equal(guard.verdict(fresh), 'good')
})

test('when the next key leaked too, a new key signs, and servers that see its tokens fetch it', async () => {
  using cluster = newCluster()
  await using a = await cluster.server()
  await using b = await cluster.server()
  cluster.clock.advance(minute)
  const stolen = await signIn(a)
  await cluster.runCommand(async (runtime) => {
    const next = standbyOf((await readKeyRing(runtime)).ring, cluster.clock.now(), 'ES256')
    await revokeSigningKey(runtime, next!.id)
  })
  await rotate(cluster, 'now')
  await a.runJobs()
  const fresh = await signIn(a)
  await assertAll([b], [fresh], 200) // it has run no job since
  await b.runJobs() // it may have read the ring between the two commands
  await assertAll([a, b], [stolen], 401)
})

test('the key-encryption key is replaced while servers run, and the old one can be removed', async () => {
  const [old, next] = [newEncryptionKey(), newEncryptionKey()]
  using cluster = newCluster()
  const settings = (current: string, previous: string): Env => ({
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: current,
    COUNTERSIGN_KEYS_PREVIOUS_ENCRYPTION_KEYS: previous,
  })
  const a = await cluster.server(settings(old, ''))
  const b = await cluster.server(settings(old, next)) // first, every server gets the new key as a previous one
  const tokens = [await signIn(a), await signIn(b)]
  await a.close()
  const busy = Array.from({ length: 20 }, () => signIn(b))
  await using c = await cluster.server(settings(next, old)) // then each server in turn uses it to encrypt; this one re-encrypts everything
  await assertAll([b, c], await Promise.all(busy), 200)
  assert.deepEqual(await cluster.runCommand(reencrypt, settings(next, '')), {
    reencrypted: 0,
    missing: [],
  })
  cluster.clock.advance(90 * day)
  for (const server of [b, c]) await server.runJobs()
  tokens.push(await signIn(b), await signIn(c))
  assert.equal(new Set(tokens.slice(2).map(kidOf)).size, 1)
  await assertAll([b, c], tokens.slice(2), 200)
  await b.close()
  const left = await cluster.runCommand(reencrypt, settings(next, old))
  assert.deepEqual(left.missing, [])
  await using d = await cluster.server(settings(next, '')) // the old one is gone
  await assertAll([c, d], [...tokens.slice(2), await signIn(d)], 200)

  await assert.rejects(cluster.server(settings(old, '')), { code: 'decryption_failed' })
  await assert.rejects(cluster.server(settings(newEncryptionKey(), '')), {
    code: 'decryption_failed',
  })
  await assert.rejects(cluster.server(settings(next, 'c2hvcnQ=')), { code: 'setting_invalid' })
  for (const name of [cluster.file, `${cluster.file}-wal`]) {
    const bytes = readFileSync(name, 'latin1')
    assert.doesNotMatch(bytes, /"d":|"priv":|PRIVATE KEY/, 'no private key is stored unencrypted')
    for (const key of [old, next]) assert.ok(!bytes.includes(key.replace(/=$/, '')))
  }
})

test('when the key-encryption key is lost, a command creates new keys, and only access tokens become invalid', async () => {
  const settings = (key: string): Env => ({ COUNTERSIGN_KEYS_ENCRYPTION_KEY: key })
  const [lost, next] = [newEncryptionKey(), newEncryptionKey()]
  using cluster = newCluster()
  const before = await cluster.server(settings(lost))
  const { token, refresh_token } = await post(before, '/login', sampleUser)
  await before.close()
  await assert.rejects(cluster.server(settings(next)), { code: 'decryption_failed' })

  await cluster.runCommand(replaceLostKeys, settings(next), replaceRootSecret)
  await assert.rejects(cluster.runCommand(replaceLostKeys, settings(next), replaceRootSecret), {
    code: 'key_not_lost',
  })
  await using after = await cluster.server(settings(next))
  await assertAll([after], [token], 401)
  const { token: refreshed } = await post(after, '/refresh', { refresh_token })
  await assertAll([after], [refreshed], 200)
  const report = await cluster.runCommand(
    (runtime) => verifyAuditLog(runtime, [], () => {}),
    settings(next),
  )
  assert.equal(report.fault, undefined)
  assert.ok(report.unverifiable > 0 && report.entries > 0)
})
