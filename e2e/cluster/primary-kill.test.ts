import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { findProofSkip } from './cluster.fixture.ts'
import { outages } from './record.fixture.ts'
import { underLoad } from './under-load.fixture.ts'

const maxOutage = 30 // seconds: the lock of a dead primary lives for 20 of them

test(
  'a primary that is killed under load loses nothing that was answered, signs no user out, and is replaced within 30 s',
  { skip: findProofSkip() },
  async (t) => {
    const { seconds } = await underLoad(t, async ({ cluster, load }) => {
      const kills: number[] = []
      while (kills.length < 20) {
        await wait(3000)
        const killed = await cluster.primary()
        const at = Date.now() / 1000
        kills.push(at)
        cluster.kill(killed)
        while ((await cluster.primary()) === killed || (load.writes.at(-1) ?? 0) < at + 3) {
          assert.ok(Date.now() / 1000 < at + 90, 'no write for 90 s')
          await wait(100)
        }
        await cluster.revive(killed)
        await cluster.whole()
      }
      return { seconds: outages(load, kills).map((one) => Number(one.toFixed(1))) }
    })
    assert.ok(Math.max(...seconds) <= maxOutage)
  },
)
