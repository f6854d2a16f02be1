import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { installDebian, mayInstall } from '@countersign/testing/debian'
import { returningMalloc } from '@countersign/testing/memory'
import { siege } from '@countersign/testing/siege'

before(() => {
  if (mayInstall && returningMalloc() === undefined) installDebian('libjemalloc2')
})

test('hostile clients over a real port are all refused: no crash, no internal error, no effect on other clients, no memory leak', async () => {
  const { faults } = await siege({
    connections: 1000,
    mutations: 400,
    rounds: 2,
    waits: false,
    malloc: returningMalloc(),
  })
  assert.deepEqual(faults, [])
})
