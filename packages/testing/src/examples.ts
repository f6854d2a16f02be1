// Examples in doc comments and READMEs: reads them, type-checks them and runs them. Knows nothing about a particular package.
import assert from 'node:assert/strict'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'
import { codeBlocks, entryPoints, readExports, type PublicExport } from './exports.ts'
import { root, scratch } from './files.ts'
import { typeCheck } from './type-check.ts'

/** The options of {@link testExamples}. */
export interface ExamplesOptions {
  /** Paths of the package's `exports` that are not for users, such as `./internal`. */
  readonly internal?: readonly string[]
  /** Types that need no example of their own: users receive them, and never write one. */
  readonly receivedTypes?: readonly string[]
  /** The `fetch` of the examples. By default every request fails, so that no example depends on the network. */
  readonly fetch?: typeof fetch
}

/**
 * Tests the examples of a package, given the URL of its folder with a slash at its end. Every export of its public entry points has an `@example`;
 * each of them, and each TypeScript block of the README, passes the type check, runs, and prints what the comments after its `console.log` say.
 */
export function testExamples(
  folder: URL,
  { internal = [], receivedTypes = [], fetch = noNetwork }: ExamplesOptions = {},
): void {
  const entries = entryPoints(folder, internal)
  const exports = [...new Map(entries.flatMap(readExports).map((one) => [one.name, one])).values()]
  const examples = collectExamples(exports, readFileSync(new URL('README.md', folder), 'utf8'))
  suite('examples', () => {
    const written = writeExamples(examples)
    after(() => written[Symbol.dispose]())

    test('every public export has an example, and the README too', () => {
      const missing = exports.filter((one) => one.examples.length === 0).map(({ name }) => name)
      assert.deepEqual(missing.toSorted(), receivedTypes.toSorted())
      const types = new Set(exports.filter(({ kind }) => kind === 'type').map(({ name }) => name))
      const values = receivedTypes.filter((one) => !types.has(one))
      assert.deepEqual(values, [], 'only types may do without an example')
      assert.ok(examples.has('README 1'))
    })

    test('no exported value is overlooked by the reader of the sources', async () => {
      const modules = await Promise.all(entries.map(({ href }) => import(href)))
      const values = modules.flatMap((one: object) => Object.keys(one))
      const read = new Set(exports.map(({ name }) => name))
      const overlooked = values.filter((one) => !read.has(one))
      assert.deepEqual(overlooked, [])
      assert.ok(values.length > 0)
    })

    test('every example passes the type check', () => written.typeCheck())

    for (const [name, code] of examples) {
      test(`the example of ${name} runs and prints what its comments say`, async (t) => {
        const printed: string[] = []
        t.mock.method(console, 'log', (...values: unknown[]) => printed.push(format(...values)))
        t.mock.method(globalThis, 'fetch', fetch)
        await written.run(name)
        for (const promise of promisedOutput(code))
          assert.ok(printed.some(keeps(promise)), `${promise} is not in ${format(printed)}`)
      })
    }
  })
}

async function noNetwork(): Promise<never> {
  throw new TypeError('fetch failed: examples have no network')
}

/** Returns the examples by name: those of the exports (`createSession`, `createSession (2)`) and the blocks of the README. */
function collectExamples(
  exports: readonly PublicExport[],
  readme: string,
): ReadonlyMap<string, string> {
  const examples = new Map<string, string>()
  for (const { name, examples: blocks } of exports)
    for (const [at, code] of blocks.entries())
      examples.set(at === 0 ? name : `${name} (${at + 1})`, code)
  for (const [at, code] of codeBlocks(readme).entries()) examples.set(`README ${at + 1}`, code)
  return examples
}

/** Returns the output that an example promises: the comment after each `console.log(…)` that ends a line. */
function promisedOutput(code: string): readonly string[] {
  const statement = /^\s*(?:if \(.*\) )?console\.log\(.*\) \/\/ (.+)$/gm
  return [...code.matchAll(statement)].map(([, text = '']) => text)
}

/** Returns a predicate for printed lines. A promise that ends in an ellipsis is kept by a longer line. */
function keeps(promise: string): (line: string) => boolean {
  if (!promise.endsWith('…')) return (line) => line === promise
  return (line) => line.startsWith(promise.slice(0, -1))
}

/** A temporary folder of examples in which the packages of the repository can be imported. */
interface ExampleFolder extends Disposable {
  /** Type-checks all examples. Rejects with the errors of `tsc`. */
  typeCheck(): Promise<void>
  /** Runs one example: imports it as a module. */
  run(name: string): Promise<void>
}

/** Writes examples, each under a name of its own, into an {@link ExampleFolder}. */
function writeExamples(examples: ReadonlyMap<string, string>): ExampleFolder {
  const folder = scratch()
  const pathOf = (name: string) => join(folder.path, `${[...examples.keys()].indexOf(name)}.ts`) // names may differ in case only
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { noUnusedLocals: false, typeRoots: [join(root, 'node_modules/@types')] },
    include: ['*.ts'],
  }
  symlinkSync(join(root, 'node_modules'), join(folder.path, 'node_modules'))
  writeFileSync(join(folder.path, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder.path, 'tsconfig.json'), JSON.stringify(config))
  for (const [name, code] of examples)
    writeFileSync(pathOf(name), `// ${name}\n${code}\nexport {}\n`)
  return {
    typeCheck: () => typeCheck(folder.path),
    async run(name) {
      await import(pathToFileURL(pathOf(name)).href)
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  }
}
