// Finds the test files, and tells unit tests from the others.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

/** The kinds of runs: `unit` and `e2e` have no file in common, and `all` is both. */
export type Kind = 'unit' | 'e2e' | 'all'

/** Modules that start a process, a browser or a whole server. A test that imports one of them, directly or through test code, is not a unit test. */
const starters =
  /^(node:child_process|node:cluster|playwright-core|esbuild|@countersign\/server(\/testing)?)$/

/** The files behind `@countersign/server`, as the tests of the server itself import them. */
const wholeServer = /^packages\/server\/src\/(testing|compose|index)\.ts$/

/** Test code, whose imports are searched too. The search stops at sources, which may start processes. */
const helpers = /\.(test|fixture|contract)\.ts$|^packages\/testing\/src\//

/** Returns the test files of a kind whose path contains each of the words, relative to `root`. */
export function selectTests(root: string, kind: Kind, words: readonly string[] = []): string[] {
  const patterns = ['packages/*/src/**/*.test.ts', 'examples/*/*.test.ts', 'e2e/*/*.test.ts']
  return globSync(patterns, { cwd: root })
    .toSorted()
    .filter((file) => words.every((word) => file.includes(word)))
    .filter((file) => kind === 'all' || isUnit(root, file) === (kind === 'unit'))
}

/** Reports whether a test file is a unit test: outside `e2e/`, and no test code that it imports starts a process, a browser or a server. */
export function isUnit(root: string, file: string): boolean {
  if (file.startsWith('e2e/')) return false
  return !testImports(root, file).some((one) => starters.test(one) || wholeServer.test(one))
}

/** Reports whether a test file may start PostgreSQL. */
export function usesPostgres(root: string, file: string): boolean {
  return testImports(root, file).includes('packages/testing/src/postgres.ts')
}

/** Returns everything that a test file imports, directly or through test code: packages by name, files by their path in `root`. */
function testImports(root: string, file: string): readonly string[] {
  const found = new Set<string>()
  const waiting = [file]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
    for (const specifier of importsOf(join(root, next))) {
      const path = fileOf(root, next, specifier)
      const target = path ?? specifier
      if (found.has(target)) continue
      found.add(target)
      if (path !== undefined && helpers.test(path)) waiting.push(path)
    }
  return [...found]
}

/** Returns what a file imports at run time, without imports of types. */
function importsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8')
  const statement =
    /^(?:import|export)\s(?!type\s)[^'"]*?from\s+'([^']+)'|\bimport\s*\(?\s*'([^']+)'/gm
  return [...text.matchAll(statement)].map(([, from, alone]) => from ?? alone ?? '')
}

function fileOf(root: string, from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) {
    const path = resolve(root, dirname(from), specifier)
    return existsSync(path) ? relative(root, path) : undefined
  }
  const [, topic] = /^@countersign\/testing\/(.+)$/.exec(specifier) ?? []
  if (topic === undefined) return undefined
  const manifest = JSON.parse(
    readFileSync(join(root, 'packages/testing/package.json'), 'utf8'),
  ) as {
    readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>
  }
  const path = manifest.exports[`./${topic}`]?.['@countersign/source']
  return path === undefined ? undefined : join('packages/testing', path)
}
