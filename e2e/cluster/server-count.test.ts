import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { findProofSkip, startCluster, type Cluster } from './cluster.fixture.ts'
import { watchProcessors } from './processors.fixture.ts'
import { password, startInstallation, usernames } from './installation.fixture.ts'

interface Round extends Awaited<ReturnType<typeof measure>> {
  readonly servers: number
}

const workers = 32
const roundMilliseconds = 6000
const maxLockShare = 0.25 // of the samples of busy connections

test(
  'sign-ins with a synchronous standby: 1, 2 and 4 servers wait for the processor, and not for locks',
  { skip: findProofSkip() },
  async (t) => {
    await using cluster = await startCluster()
    const { network, folder, poolerUrl: databaseUrl } = cluster
    const env = { COUNTERSIGN_DATABASE_LISTEN_URL: cluster.url }
    await using installation = await startInstallation({
      network,
      folder,
      databaseUrl,
      guards: 0,
      env,
    })
    for (const at of [23, 24]) await installation.start(at)
    const addresses = [21, 22, 23, 24].map((at) => `http://${network}.${at}:8080`)
    const rounds: Round[] = []
    for (const servers of [1, 2, 4, 4, 2, 1])
      // the order changes, so that what grows meanwhile favours none
      rounds.push({ servers, ...(await measure(addresses.slice(0, servers), cluster)) })
    const figures = [1, 2, 4].map((servers) => {
      const some = rounds.filter((one) => one.servers === servers)
      const mean = (of: (round: (typeof some)[number]) => number) =>
        some.reduce((sum, one) => sum + of(one), 0) / some.length
      return {
        servers,
        signInsPerSecond: mean((one) => one.signIns),
        busy: mean((one) => one.busy),
        lockShare: mean((one) => one.lockShare),
      }
    })
    t.diagnostic(JSON.stringify(figures))
    for (const { lockShare } of figures)
      assert.ok(lockShare <= maxLockShare, JSON.stringify(figures))
    const [one = 0, ...more] = figures.map(({ signInsPerSecond }) => signInsPerSecond)
    for (const [at, rate] of more.entries())
      assert.ok(rate > 1.5 * one || (figures[at + 1]?.busy ?? 0) > 0.9, JSON.stringify(figures))
  },
)

/** Signs users in for some seconds, at so many servers; returns sign-ins a second, the share of the processors that was used, and of the busy connections that waited for a lock. */
async function measure(servers: readonly string[], { query }: Cluster) {
  const over = new AbortController()
  let done = 0
  const busyShare = watchProcessors()
  const work = async (worker: number) => {
    for (let turn = worker; !over.signal.aborted; turn += workers) {
      const username = usernames[turn % usernames.length]
      const response = await fetch(`${servers[worker % servers.length]}/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username, password }),
      })
      const tokens = (await response.json()) as { readonly refresh_token: string }
      assert.equal(response.status, 200)
      assert.ok(tokens.refresh_token)
      done++
    }
  }
  const working = Array.from({ length: workers }, (_, worker) => work(worker))
  let [busy, locked] = [0, 0]
  const end = Date.now() + roundMilliseconds
  while (Date.now() < end) {
    await wait(100)
    const [row] = await query(
      "select count(*) as busy, count(*) filter (where wait_event_type = 'Lock') as locked from pg_stat_activity where usename = 'countersign' and state <> 'idle' and query not like 'listen%'",
    )
    busy += Number(row?.['busy'])
    locked += Number(row?.['locked'])
  }
  const signIns = done / (roundMilliseconds / 1000)
  over.abort()
  await Promise.all(working)
  return {
    signIns,
    busy: busyShare(),
    lockShare: busy === 0 ? 0 : locked / busy,
  }
}
