import assert from 'node:assert/strict'
import { test } from 'node:test'
import { oneAfterAnother } from './single-flight.ts'

test('work never runs beside itself, whenever it is asked for: also between a run and the next', async () => {
  let [runs, beside, most] = [0, 0, 0]
  const work = oneAfterAnother(async () => {
    runs++
    most = Math.max(most, ++beside)
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    beside--
  })
  for (let after = 0; after < 60; after++) {
    const all = [work(), work()]
    for (let turn = 0; turn < after; turn++) await Promise.resolve()
    all.push(work())
    await Promise.all(all)
  }
  assert.equal(most, 1)
  assert.ok(runs >= 120)
})

test('whoever asks while it runs waits for a run that begins afterwards, all of them for the same', async () => {
  let runs = 0
  const work = oneAfterAnother(async () => {
    runs++
    await Promise.resolve()
  })
  await Promise.all(Array.from({ length: 1_000 }, () => work()))
  assert.equal(runs, 2)
})
