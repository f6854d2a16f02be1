import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { german } from './german.ts'
import { translateTo } from './translate.ts'

test('a phrase is translated with its values in place, and English stays as it is', () => {
  assert.equal(translateTo('en')('{count} entries', { count: 3 }), '3 entries')
  assert.equal(translateTo('de')('{count} entries', { count: 3 }), '3 Einträge')
  assert.deepEqual(translateTo('de').html('{count} entries', { count: 3 }), ['', 3, ' Einträge'])
  assert.equal(translateTo('de').message('no translation'), 'no translation')
})

test('a translation has the values of its phrase, and each phrase is used', () => {
  const cwd = new URL('..', import.meta.url).pathname
  const pages = globSync('**/*.ts', { cwd })
    .filter((name) => !/translation\/german|\.test\./.test(name))
    .map((name) => readFileSync(cwd + name, 'utf8').replaceAll("\\'", "'"))
    .join('\n')
  const valuesOf = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).toSorted()
  for (const [phrase, translation] of Object.entries(german)) {
    assert.deepEqual(valuesOf(translation), valuesOf(phrase), phrase)
    assert.ok(pages.includes(phrase), `unused: ${phrase}`)
  }
})
