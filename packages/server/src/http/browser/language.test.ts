import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseLanguage } from './language.ts'

test('the language is the first of the preferred ones that there is', () => {
  for (const [header, language] of [
    [undefined, undefined],
    ['', undefined],
    ['de', 'de'],
    ['de-AT,de;q=0.9,en;q=0.8', 'de'],
    ['fr, en;q=0.5, de;q=0.7', 'de'],
    ['fr;q=1, EN-us;q=0.2', 'en'],
    ['de;q=0, en', 'en'],
    ['fr, *;q=0.1', undefined],
    [`${'x,'.repeat(100_000)}de`, undefined],
  ] as const)
    assert.equal(parseLanguage(header), language, String(header).slice(0, 40))
})
