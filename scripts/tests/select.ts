// Which test files there are, and which of them are unit tests.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

/** The kinds of runs: `unit` and `e2e` have no file in common, and `all` is both. */
export type Kind = 'unit' | 'e2e' | 'all'

/** Modules that start a process, a browser or a whole server. A test that imports one of them, directly or through a helper, is no unit test. */
const starters =
  /^(node:child_process|node:cluster|playwright-core|esbuild|@countersign\/server(\/testing)?)$/

/** The files behind `@countersign/server`, as the tests of the server itself import them. */
const wholeServer = /^packages\/server\/src\/(testing|compose|index)\.ts$/

/** Files of tests, where the search for imports goes on; it stops at sources, which may start what they like. */
const helpers = /\.(test|fixture|contract)\.ts$|^packages\/testing\/src\//

/** Returns the test files of a kind whose path contains each of the words, relative to `root`. */
export function selectTests(root: string, kind: Kind, words: readonly string[] = []): string[] {
  const patterns = ['packages/*/src/**/*.test.ts', 'examples/*/*.test.ts', 'e2e/*/*.test.ts']
  return globSync(patterns, { cwd: root })
    .toSorted()
    .filter((file) => words.every((word) => file.includes(word)))
    .filter((file) => kind === 'all' || isUnit(root, file) === (kind === 'unit'))
}

/** Reports whether a test file is a unit test: outside `e2e/`, and nothing that it imports for tests starts a process, a browser or a server. */
export function isUnit(root: string, file: string): boolean {
  if (file.startsWith('e2e/')) return false
  const seen = new Set<string>()
  const waiting = [file]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    for (const specifier of importsOf(join(root, next))) {
      if (starters.test(specifier)) return false
      const target = fileOf(root, next, specifier)
      if (target === undefined) continue
      if (wholeServer.test(target)) return false
      if (helpers.test(target)) waiting.push(target)
    }
  }
  return true
}

/** Returns what a file imports when it runs; imports of types alone do not count. */
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
