import { assert as check, array, asyncProperty, integer } from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serialize } from './serialize.ts'

const microtasks = async (count: number) => {
  for (let done = 0; done < count; done++) await Promise.resolve()
}

test('calls run one after the other, in their order, however long each takes and whenever it is made', async () => {
  const calls = array(integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 30 })
  await check(
    asyncProperty(calls, calls, async (lengths, gaps) => {
      let running = 0
      const finished: number[] = []
      const work = serialize(async (index: number, length: number) => {
        assert.equal(++running, 1)
        await microtasks(length)
        running--
        finished.push(index)
        return index
      })
      const all: Promise<number>[] = []
      for (const [index, length] of lengths.entries()) {
        all.push(work(index, length))
        await microtasks(gaps[index] ?? 0)
      }
      const inOrder = lengths.map((_, index) => index)
      assert.deepEqual(await Promise.all(all), inOrder)
      assert.deepEqual(finished, inOrder)
    }),
    { numRuns: 200 },
  )
})

test('without it, the same reads and writes lose updates', async () => {
  let total = 0
  const add = async (amount: number) => {
    const before = total
    await microtasks(1)
    total = before + amount
  }
  await Promise.all([add(1), add(1)])
  assert.equal(total, 1)
  total = 0
  const serialized = serialize(add)
  await Promise.all([serialized(1), serialized(1)])
  assert.equal(total, 2)
})

test('a call that fails rejects for its own caller, and the next one runs', async () => {
  const work = serialize(async (well: boolean) => {
    if (!well) throw new Error('refused')
    return 'done'
  })
  const [first, second] = await Promise.allSettled([work(false), work(true)])
  assert.equal(first.status, 'rejected')
  assert.deepEqual(second, { status: 'fulfilled', value: 'done' })
})
