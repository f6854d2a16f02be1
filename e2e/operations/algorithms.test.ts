import type { TestServer } from '@countersign/server/testing'
import { inspect } from '@countersign/token'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  hour,
  minute,
  newCluster,
  remoteGuard,
  signIn,
  statusOf,
  type Env,
} from './keys.fixture.ts'

const algorithmOf = (token: string) => inspect(token).header['alg']

async function assertAll(
  servers: readonly TestServer[],
  tokens: readonly string[],
  status: number,
) {
  for (const server of servers)
    for (const token of tokens) assert.equal(await statusOf(server, token), status)
}

test('the algorithm changes from elliptic curves to the post-quantum ML-DSA without a refused token', async () => {
  using cluster = newCluster({
    COUNTERSIGN_TOKENS_LIFETIME: '24h',
    COUNTERSIGN_KEYS_PUBLICATION_LEAD: '1h',
  })
  const tokens: string[] = []
  for (const algorithm of ['ES256', 'EdDSA', 'ML-DSA-44']) {
    const env = { COUNTERSIGN_KEYS_ALGORITHMS: algorithm }
    await using a = await cluster.server(env)
    await using b = await cluster.server(env)
    const guard = remoteGuard(a, cluster.clock)
    for (let half = 0; half < 4; half++) {
      if (half % 2 === 0) await guard.keys.refresh()
      for (const server of [a, b]) await server.runJobs()
      tokens.push(await signIn(a), await signIn(b))
      await assertAll([a, b], tokens.slice(-8), 200)
      for (const token of tokens) assert.equal(guard.verdict(token), 'good', 'without looking')
      cluster.clock.advance(hour / 2)
    }
    assert.equal(algorithmOf(tokens.at(-1)!), algorithm)
  }
  assert.deepEqual([...new Set(tokens.map(algorithmOf))], ['ES256', 'EdDSA', 'ML-DSA-44'])
})

test('an algorithm is added and removed server by server, and no token is refused meanwhile', async () => {
  using cluster = newCluster({
    COUNTERSIGN_TOKENS_LIFETIME: '24h',
    COUNTERSIGN_KEYS_PUBLICATION_LEAD: '2h',
  })
  const [former, both]: readonly Env[] = [
    { COUNTERSIGN_KEYS_ALGORITHMS: 'ES256' },
    { COUNTERSIGN_KEYS_ALGORITHMS: 'EdDSA, ES256' },
  ]
  const tokens: string[] = []
  const seen = new Set<unknown>()
  /** Lets some half-hours pass, with one server of each setting. */
  async function live(halves: number, ...settings: readonly (Env | undefined)[]) {
    const servers = await Promise.all(settings.map((env) => cluster.server(env)))
    const guard = remoteGuard(servers[0]!, cluster.clock)
    for (let half = 0; half < halves; half++) {
      for (const server of servers) await server.runJobs()
      if (half % 2 === 0) await guard.keys.refresh() // it is offline for an hour each time
      const fresh = await Promise.all(servers.map(signIn))
      for (const token of fresh) seen.add(algorithmOf(token))
      tokens.push(...fresh)
      const recent = tokens.slice(-40)
      await assertAll(servers, recent.slice(-8), 200)
      for (const token of recent) assert.equal(guard.verdict(token), 'good', 'without looking')
      cluster.clock.advance(30 * minute)
    }
    for (const server of servers) await server.close()
  }
  await live(2, former, former)
  await live(3, both, former)
  assert.deepEqual(seen, new Set(['ES256']), 'it has not been published for two hours')
  await live(6, both, both)
  assert.equal(algorithmOf(tokens.at(-1)!), 'EdDSA')
  await live(6, former, both)
  await live(6, former, former)
  assert.equal(algorithmOf(tokens.at(-1)!), 'ES256')
})
