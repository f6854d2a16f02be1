// Examples in doc comments and READMEs: reads them, type-checks them and runs them. Knows nothing about a particular package.
import { execFile } from 'node:child_process'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { root, scratch } from '@countersign/testing/files'

/** A public export of a package, with the code of the `@example` blocks in its doc comment. */
export interface PublicExport {
  readonly name: string
  /** The URL of the file that declares it. */
  readonly file: string
  readonly examples: readonly string[]
}

const docComment = String.raw`/\*\*(?<comment>(?:(?!\*/)[^])*)\*/\s*`
const keyword = '(?:const|let|class|function|interface|type|enum)'
const declarations = new RegExp(
  `^(?:${docComment})?export (?:declare |abstract |async )*${keyword}\\*? (?<name>\\w+)`,
  'gm',
)
const reExports = /^export (?:type )?(?:\{(?<names>[^}]*)\}|\*) from '(?<from>[^']+)'/gm

/**
 * Returns the public exports of a package, given the URL of its `index.ts`, with their examples. Follows `export … from` within the
 * package. Exports of other packages are left out: they have their examples there.
 */
export function readPublicExports(index: string | URL): readonly PublicExport[] {
  const file = String(index)
  const source = readFileSync(new URL(file), 'utf8')
  const declared = new Map<string, PublicExport>()
  for (const { groups } of source.matchAll(declarations)) {
    const { name = '', comment = '' } = groups ?? {}
    const earlier = declared.get(name)?.examples ?? [] // overloads, or a type and a value of the same name
    declared.set(name, { name, file, examples: [...earlier, ...examplesOf(comment)] })
  }
  const reExported = [...source.matchAll(reExports)].flatMap(({ groups }) => {
    const { names, from = '' } = groups ?? {}
    if (!from.startsWith('.')) return []
    const available = readPublicExports(new URL(from, file))
    return names === undefined ? available : select(available, names, from)
  })
  return [...declared.values(), ...reExported]
}

/** Returns the exports that the names of `export { a, type B, c as d }` select. */
function select(
  available: readonly PublicExport[],
  names: string,
  from: string,
): readonly PublicExport[] {
  const specifiers = [...names.matchAll(/(?:type )?(\w+)(?: as (\w+))?\s*(?:,|$)/g)]
  return specifiers.map(([, original = '', renamed = original]) => {
    const found = available.find(({ name }) => name === original)
    if (!found) throw new Error(`${from} has no declaration of ${original} that can be read`)
    return { ...found, name: renamed }
  })
}

/** Returns the code of each `@example` of a doc comment, with or without a fence. */
function examplesOf(comment: string): readonly string[] {
  const text = comment.replaceAll(/^[ \t]*\*[ \t]?/gm, '')
  const [, ...examples] = text.split(/^@example\b/m)
  return examples.map((example) => {
    const fenced = codeBlocks(example)
    return fenced.length > 0 ? fenced.join('\n') : (example.split(/^@\w/m)[0] ?? '').trim()
  })
}

/** Returns the TypeScript code blocks of a Markdown text, such as a README. */
export function codeBlocks(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = '']) => code)
}

/** Returns the output that an example promises: the comment after each `console.log(…)` that ends a line. */
export function promisedOutput(code: string): readonly string[] {
  return [...code.matchAll(/^\s*console\.log\(.*\) \/\/ (.+)$/gm)].map(([, text = '']) => text)
}

/** A temporary folder of examples in which the packages of the repository can be imported. */
export interface ExampleFolder extends Disposable {
  /** Type-checks all examples. Rejects with the errors of `tsc`. */
  typeCheck(): Promise<void>
  /** Runs one example: imports it as a module. */
  run(name: string): Promise<void>
}

/** Writes examples, each under a name of its own, into an {@link ExampleFolder}. */
export function writeExamples(examples: ReadonlyMap<string, string>): ExampleFolder {
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
    async typeCheck() {
      await promisify(execFile)('tsc', ['-p', folder.path]).catch((error: { stdout: string }) => {
        throw new Error(error.stdout)
      })
    },
    async run(name) {
      await import(pathToFileURL(pathOf(name)).href)
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  }
}

/** Returns the examples of a package by name: those of its exports (`createSession`, `createSession (2)`) and the blocks of its README. */
export function packageExamples(index: string | URL): ReadonlyMap<string, string> {
  const examples = new Map<string, string>()
  for (const { name, examples: blocks } of readPublicExports(index))
    for (const [at, code] of blocks.entries())
      examples.set(at === 0 ? name : `${name} (${at + 1})`, code)
  const readme = readFileSync(fileURLToPath(new URL('../README.md', index)), 'utf8')
  for (const [at, code] of codeBlocks(readme).entries()) examples.set(`README ${at + 1}`, code)
  return examples
}
