import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outages } from './record.fixture.ts'

test('an outage lasts to the first write, from one write to the next, or from the last write to the end', () => {
  assert.deepEqual(outages({ writes: [9, 13, 14] }, [10], 15), [3])
  assert.deepEqual(outages({ writes: [11, 15, 16] }, [10], 17), [4])
  assert.deepEqual(outages({ writes: [11, 12] }, [10], 42), [30])
  assert.deepEqual(outages({ writes: [] }, [10], 40), [30])
  assert.deepEqual(outages({ writes: [11, 12, 41] }, [10, 40], 43), [28, 2])
})
