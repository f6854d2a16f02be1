import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { suite, test } from 'node:test'

// Files that import one another in a circle cannot be read in any order. The linter finds circles of values; these folders are free of circles
// of types too, so `import type` and `import('…')` count here.
const root = new URL('../..', import.meta.url).pathname
const folders = ['packages/guard/src']

type Imports = ReadonlyMap<string, readonly string[]>

suite('import circles, types included', () => {
  for (const folder of folders)
    test(`${folder} has none`, () => {
      const imports = importsOf(join(root, folder))
      assert.ok(imports.size > 10, 'the folder was read')
      assert.ok([...imports.values()].flat().length > imports.size, 'its imports were read')
      assert.equal(circleIn(imports)?.join(' → '), undefined)
    })

  test('circles of any length are found, and a diamond is not a circle', () => {
    const graph = (edges: Readonly<Record<string, readonly string[]>>) =>
      new Map(Object.entries(edges))
    assert.deepEqual(circleIn(graph({ a: ['b'], b: ['c'], c: ['b'] })), ['b', 'c', 'b'])
    assert.deepEqual(circleIn(graph({ a: ['a'] })), ['a', 'a'])
    assert.equal(circleIn(graph({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] })), undefined)
  })

  test('every form of import counts', () => {
    const text = `
      import './a.ts'
      import type { B } from './b.ts'
      import {
        c,
      } from './c.ts'
      export type { D } from './d.ts'
      export * from './e.ts'
      type F = import('./f.ts').F
      import { g } from '@countersign/token'
    `
    assert.deepEqual(specifiersIn(text), [
      './a.ts',
      './b.ts',
      './c.ts',
      './d.ts',
      './e.ts',
      './f.ts',
    ])
  })
})

/** The relative imports of each source file below a folder; tests import from everywhere and are left out. */
function importsOf(folder: string): Imports {
  const files = globSync('**/*.ts', { cwd: folder }).filter(
    (file) => !/\.(test|types|contract|fixture)\.ts$/.test(file),
  )
  const targetsOf = (file: string) =>
    specifiersIn(readFileSync(join(folder, file), 'utf8')).map((specifier) =>
      relative(folder, join(folder, dirname(file), specifier)),
    )
  return new Map(files.map((file) => [file, targetsOf(file)]))
}

function specifiersIn(text: string): readonly string[] {
  const code = text.replaceAll(/^\s*(\*|\/\/).*$/gm, '') // an example in a comment imports nothing
  const found = code.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)'(\.[^']+)'/g)
  return [...found].map(([, specifier = '']) => specifier)
}

/** The first circle that is found, from one file back to itself. */
function circleIn(imports: Imports): readonly string[] | undefined {
  const done = new Set<string>()
  function visit(file: string, path: readonly string[]): readonly string[] | undefined {
    const start = path.indexOf(file)
    if (start !== -1) return [...path.slice(start), file]
    if (done.has(file)) return undefined
    for (const target of imports.get(file) ?? []) {
      const circle = visit(target, [...path, file])
      if (circle) return circle
    }
    done.add(file)
    return undefined
  }
  for (const file of imports.keys()) {
    const circle = visit(file, [])
    if (circle) return circle
  }
  return undefined
}
