import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { installDebian, mayInstall } from '@countersign/testing/debian'
import { returningMalloc } from '@countersign/testing/memory'
import { siege } from '@countersign/testing/siege'

before(() => {
  if (mayInstall && returningMalloc() === undefined) installDebian('libjemalloc2')
})

test('hostile clients over a real port get a refusal each: no crash, no error of ours, nobody else kept out, no memory lost', async () => {
  const { faults } = await siege({
    connections: 1000,
    mutations: 400,
    rounds: 2,
    waits: false,
    malloc: returningMalloc(),
  })
  assert.deepEqual(faults, [])
})
