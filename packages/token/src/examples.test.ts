import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { after, suite, test } from 'node:test'

// Every public export has an @example that compiles and runs.
const root = new URL('../../../', import.meta.url).pathname
const source = new URL('.', import.meta.url).pathname

/** The example in the doc comment of each exported declaration, by its name; `undefined` where there is none. */
const examples = new Map<string, string | undefined>()
const declaration =
  /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport (?:const|class|function|interface|type) (\w+)/g
for (const file of globSync('{*,*/*}.ts', { cwd: source, exclude: ['**/*.test.ts'] })) {
  for (const [, comment = '', name = ''] of readFileSync(join(source, file), 'utf8').matchAll(
    declaration,
  )) {
    const [, example] = comment.replaceAll(/^ \* ?/gm, '').split(/^@example\n/m)
    examples.set(name, example?.trim())
  }
}

function publicNames(): readonly string[] {
  const index = readFileSync(join(source, 'index.ts'), 'utf8')
  const exported = [...index.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, names = '']) =>
    [...names.matchAll(/(\w+),?\s*$|(\w+),/gm)].map(([, last, name]) => last ?? name ?? ''),
  )
  const testing = readFileSync(join(source, 'testing.ts'), 'utf8').matchAll(/^export \w+ (\w+)/gm)
  return [...exported, ...[...testing].map(([, name = '']) => name)]
}

suite('the example of', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-examples-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const extended = join(root, 'tsconfig.json')
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: extended,
      compilerOptions: { noUnusedLocals: false, typeRoots: [join(root, 'node_modules/@types')] },
      include: ['*.ts'],
    }),
  )
  after(() => rmSync(folder, { recursive: true }))
  const fileOf = (name: string) => join(folder, `${[...examples.keys()].indexOf(name)}.ts`) // KeyRing and keyRing are one name on some disks
  for (const [name, example] of examples) {
    if (example !== undefined) writeFileSync(fileOf(name), `${example}\nexport {}\n`)
  }

  const names = [
    ...new Set([...publicNames(), ...examples.keys().filter((name) => examples.get(name))]),
  ]
  for (const name of names) {
    test(`${name} runs`, async (t) => {
      assert.ok(examples.get(name), `${name} has no @example`)
      t.mock.method(console, 'log', () => {})
      await import(pathToFileURL(fileOf(name)).href)
    })
  }

  test('each export compiles', () => {
    assert.ok(names.length > 44)
    execFileSync('tsc', ['-p', folder], { stdio: ['ignore', 'inherit', 'inherit'] })
  })
})
