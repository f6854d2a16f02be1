import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const folder = new URL('.', import.meta.url)
const read = (file: string) => readFileSync(new URL(file, folder), 'utf8')

const maxPublicNames = 45 // types included; more belongs in internal.ts, or makes the package hard to survey

/** The names that a file of re-exports exports. It may contain nothing else, so that this count is complete. */
function exportedNames(file: string): readonly string[] {
  const text = read(file).replaceAll(/^\/\/.*\n/gm, '')
  const statement = /export (?:type )?\{([^}]*)\} from '[^']+'\n/g
  assert.equal(text.replaceAll(statement, '').trim(), '', `${file} has more than export { … } from`)
  return [...text.matchAll(statement)].flatMap(([, names = '']) =>
    names
      .split(',')
      .map((name) => name.trim().replace(/^type /, ''))
      .filter((name) => name !== ''),
  )
}

test(`the package has at most ${maxPublicNames} public names`, () => {
  const names = exportedNames('index.ts')
  assert.ok(names.length > 0)
  assert.ok(names.length <= maxPublicNames, `${names.length} names: ${names.join(', ')}`)
})

test('no name is both public and internal', () => {
  const exported = new Set(exportedNames('index.ts'))
  assert.deepEqual(
    exportedNames('internal.ts').filter((name) => exported.has(name)),
    [],
  )
})
