import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CountersignError, failures, isCountersignError } from './error.ts'

const fail = failures({
  door_shut: 'The door is shut',
  door_odd: { message: 'The door is odd', status: 500 },
})

test('a failure has its code, its message and its detail', () => {
  const cause = new Error('rust')
  const error = fail('door_shut', { facts: { door: 7 }, detail: 'push harder', cause })
  assert.equal(error.detail, 'push harder')
  assert.equal(fail('door_shut').detail, undefined)
  assert.equal(error.code, 'door_shut')
  assert.equal(error.message, 'The door is shut: push harder')
  assert.deepEqual(error.facts, { door: 7 })
  assert.equal(error.cause, cause)
  assert.equal(fail('door_odd').message, 'The door is odd')
})

test('a failure is recognised by its name, so that it works across two copies of the package', () => {
  assert.ok(isCountersignError(new CountersignError('x', 'y')))
  assert.ok(
    isCountersignError(Object.assign(new Error('y'), { name: 'CountersignError', code: 'x' })),
  )
  for (const other of [new Error('y'), { name: 'CountersignError', code: 'x' }, null, 'x'])
    assert.ok(!isCountersignError(other))
})
