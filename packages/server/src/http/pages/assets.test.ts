import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { brotliDecompressSync } from 'node:zlib'
import { cpuTime } from '@countersign/testing/cpu-time'
import { createAssets } from './assets.ts'

const folder = new URL('../../../assets/', import.meta.url).pathname
const read = (pattern: string, cwd: string) =>
  globSync(pattern, { cwd }).map((name) => ({
    name,
    text: readFileSync(`${cwd}/${name}`, 'utf8'),
  }))

async function served(name: string): Promise<string> {
  const answer = await createAssets().answer('any', name, 'identity')
  return (await answer?.text()) ?? ''
}

test('each style sheet file is part of exactly one served style sheet', async () => {
  const sheets = await Promise.all(['style.css', 'tour.css', 'docs.css', 'console.css'].map(served))
  const written = read('styles/*.css', folder)
  assert.ok(written.length > 5)
  for (const { name, text } of written) {
    assert.ok(text.split('\n').length <= 250, `${name} is too long for one subject`)
    assert.equal(sheets.filter((sheet) => sheet.includes(text)).length, 1, name)
  }
})

test('each script and image of the folder is served unchanged', async () => {
  for (const { name, text } of read('*.{js,svg}', folder))
    assert.equal(await served(name), text, name)
})

test('[C22] compressing an asset blocks no other request, and concurrent requests share one result', async () => {
  const assets = createAssets()
  assets.pathOf('uplot.js') // reads the files
  const from = cpuTime()
  const asked = ['br', 'gzip, br'].map((one) => assets.answer('any', 'uplot.js', one))
  assert.ok(cpuTime() - from < 100)
  const [one, other] = await Promise.all(asked.map(async (answer) => (await answer)?.bytes()))
  assert.equal(brotliDecompressSync(one ?? '').toString(), await served('uplot.js'))
  assert.deepEqual(one, other)
})

test('no style rule is for a class that no page or script uses', async () => {
  const pages = read('**/*.ts', import.meta.dirname).filter(({ name }) => !/\.test\./.test(name))
  const writers = [...pages, ...read('*.js', folder)].map(({ text }) => text)
  const words = new Set(writers.join('\n').match(/[\w-]+/g))
  for (const { name, text } of read('styles/*.css', folder))
    for (const [, one = ''] of text.matchAll(/\.([a-z][\w-]*)/g))
      assert.ok(words.has(one) || one.startsWith('u-'), `${name}: .${one}`) // those are uPlot's own
})
