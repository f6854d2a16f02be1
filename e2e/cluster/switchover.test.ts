import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { findProofSkip } from './cluster.fixture.ts'
import { outages } from './record.fixture.ts'
import { underLoad } from './under-load.fixture.ts'

const maxOutage = 5 // seconds

test(
  'a planned switchover under load takes at most 5 s, and no guard refuses a good token or accepts a revoked one',
  { skip: findProofSkip() },
  async (t) => {
    const { seconds } = await underLoad(t, async ({ cluster, load }) => {
      const moments: number[] = []
      for (let left = 3; left > 0; left--) {
        await wait(5000)
        moments.push(Date.now() / 1000)
        await cluster.switchOver()
        await cluster.whole()
      }
      await wait(5000)
      return { seconds: outages(load, moments).map((one) => Number(one.toFixed(1))) }
    })
    assert.ok(Math.max(...seconds) <= maxOutage, `${seconds} s`)
  },
)
