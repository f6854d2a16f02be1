import assert from 'node:assert/strict'
import { test } from 'node:test'
import { siege } from '../tools/siege.ts'

test('hostile clients over a real port get a refusal each: no crash, no error of ours, nobody else kept out, no memory lost', async () => {
  const { faults, memory } = await siege({
    connections: 1000,
    mutations: 400,
    rounds: 2,
    waits: false,
  })
  assert.deepEqual(faults, [])
  const [, first, last] = memory
  assert.ok(first && last && last.heap > 0)
  const seen = JSON.stringify(memory)
  assert.ok(last.heap <= first.heap * 1.1, `objects that nobody lets go: ${seen}`)
  assert.ok(last.rss <= first.rss * 1.25, `memory that does not come back: ${seen}`)
})
