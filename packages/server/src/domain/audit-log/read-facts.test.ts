import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readFacts } from './read-facts.ts'

test('an entry that was tampered with is shown as it is, and reading goes on', () => {
  for (const [text, facts] of [
    ['{"amr":["pwd"]}', { amr: ['pwd'] }],
    [null, {}],
    ['{"amr"', { unreadable: '{"amr"' }],
    ['7', { unreadable: '7' }],
    ['null', { unreadable: 'null' }],
    ['', { unreadable: '' }],
  ] as const)
    assert.deepEqual(readFacts(text), facts)
})
