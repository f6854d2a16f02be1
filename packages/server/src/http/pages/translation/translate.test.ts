import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { callerFailures } from '../../pipeline/route-failures.ts'
import { adviceOf } from '../../pipeline/problem-advice.ts'
import { german } from './german.ts'
import { translateTo } from './translate.ts'

const assets = new URL('../../../../assets/', import.meta.url)

test('a phrase is translated with its values in place, and English stays as it is', () => {
  assert.equal(translateTo('en')('{count} entries', { count: 3 }), '3 entries')
  assert.equal(translateTo('de')('{count} entries', { count: 3 }), '3 Einträge')
  assert.deepEqual(translateTo('de').html('{count} entries', { count: 3 }), ['', 3, ' Einträge'])
})

/** Returns the texts of source files. */
function sourcesIn(folder: URL, files: string): string {
  const cwd = folder.pathname
  return globSync(files, { cwd })
    .filter((name) => !/german|\.test\./.test(name))
    .map((name) => readFileSync(cwd + name, 'utf8').replaceAll("\\'", "'"))
    .join('\n')
}

/** Asserts that translations have the values of their phrases, and that each phrase is used. */
function assertComplete(translations: Readonly<Record<string, string>>, sources: string) {
  const valuesOf = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).toSorted()
  for (const [phrase, translation] of Object.entries(translations)) {
    assert.deepEqual(valuesOf(translation), valuesOf(phrase), phrase)
    assert.ok(sources.includes(phrase), `unused: ${phrase}`)
  }
}

test('a translation of a page has the values of its phrase, and each phrase is used', () => {
  const topics = sourcesIn(new URL('../../openapi/', import.meta.url), '*.ts')
  const advice = [...callerFailures].map(([code, failure]) => adviceOf(code, failure)).join('\n')
  const pages = sourcesIn(new URL('../', import.meta.url), '**/*.ts')
  assertComplete(german, [pages, topics, advice].join('\n'))
})

test('a translation of a script has the values of its phrase, and each phrase is used', async () => {
  const load = (name: string) => import(new URL(name, assets).href) as Promise<unknown>
  const scripts = sourcesIn(assets, '*.js')
  const { german: texts } = (await load('german.js')) as { german: Record<string, string> }
  const claims = (await load('german-claims.js')) as { germanClaims: Record<string, string> }
  assertComplete({ ...texts, ...claims.germanClaims }, scripts)
})
