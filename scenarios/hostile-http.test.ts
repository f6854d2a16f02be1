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
  const [, first = 0, second = 0] = memory
  assert.ok(second <= first * 1.1, `memory after each round, in MiB: ${memory.join(', ')}`)
})
