import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { repetitions } from '@countersign/testing/proofs'
import { findClusterSkip, startCluster } from './cluster.fixture.ts'
import { startInstallation } from './installation.fixture.ts'
import { startLoad } from './load.fixture.ts'
import { assertNothingLost, outages } from './record.fixture.ts'

const maxOutage = 30 // seconds: the lock of a dead primary lives for 20 of them

test(
  'a primary that is killed under load loses nothing that was answered, signs no user out, and is replaced within 30 s',
  { skip: findClusterSkip() },
  async (t) => {
    await using cluster = await startCluster()
    const { network, folder, url: databaseUrl, query } = cluster
    await using installation = await startInstallation({ network, folder, databaseUrl, guards: 4 })
    const load = await startLoad(installation, { held: 24, visitors: 4 })
    const kills: number[] = []
    for (let left = repetitions({ short: 1, long: 20 }); left > 0; left--) {
      await wait(3000)
      const killed = await cluster.primary()
      kills.push(Date.now() / 1000)
      cluster.kill(killed)
      const writes = () => load.writes.at(-1) ?? 0
      while (writes() < (kills.at(-1) ?? 0) + 3 || (await cluster.primary()) === killed) {
        assert.ok(Date.now() / 1000 < (kills.at(-1) ?? 0) + 90, 'no write for 90 s')
        await wait(100)
      }
      await cluster.revive(killed)
      await cluster.whole()
    }
    await load.stop()
    const lasted = outages(load, kills)
    const figures = { kills: kills.length, outages: lasted.map((one) => one.toFixed(1)).join(' '), ...Object.fromEntries(load.statuses) } // prettier-ignore
    t.diagnostic(JSON.stringify(figures))
    await assertNothingLost(load, installation, query)
    assert.ok(Math.max(...lasted) <= maxOutage, JSON.stringify(figures))
  },
)
