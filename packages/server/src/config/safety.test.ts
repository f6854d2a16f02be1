import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from './load.ts'
import { warningsOf } from './safety.ts'

test('in production a limit that is off is warned of', () => {
  const off = {
    COUNTERSIGN_LIMITS_ATTEMPTS: '0',
    COUNTERSIGN_LIMITS_CHANGES: '0',
    COUNTERSIGN_LIMITS_GUESS_DELAY: '0',
  }
  const named = (env: Readonly<Record<string, string>>, mode: 'development' | 'production') =>
    warningsOf(loadConfig({ mode, env })).map((sentence) => sentence.split(' ')[0])
  assert.deepEqual(named({}, 'production'), [])
  assert.deepEqual(named(off, 'development'), [])
  assert.deepEqual(named(off, 'production'), [
    'limits.attempts',
    'limits.changes',
    'limits.guess_delay',
  ])
})
