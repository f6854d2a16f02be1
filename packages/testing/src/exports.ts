// The public exports of a package, with the examples in their doc comments. Reads sources as text.
import { readFileSync } from 'node:fs'

/** A public export of a package, with the code of the `@example` blocks in its doc comment. */
export interface PublicExport {
  readonly name: string
  /** A class is a value. */
  readonly kind: 'value' | 'type'
  readonly examples: readonly string[]
}

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
}

/** Returns the public exports of a package: those of every source file in the `exports` of its package.json, except the entry points named in `internal`. */
export function readEntryPoints(folder: URL, internal: readonly string[]): readonly PublicExport[] {
  const manifest = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as Manifest
  const found = Object.entries(manifest.exports).flatMap(([entry, target]) => {
    const source = typeof target === 'string' ? undefined : target['@countersign/source']
    if (source === undefined || internal.includes(entry)) return []
    return readExports(new URL(source, folder))
  })
  return [...new Map(found.map((one) => [one.name, one])).values()]
}

const docComment = String.raw`/\*\*(?<comment>(?:(?!\*/)[^])*)\*/\s*`
const keywords = '(?<keyword>const|let|class|function|interface|type|enum)'
const declarations = new RegExp(
  `^(?:${docComment})?export (?:declare |abstract |async )*${keywords}\\*? (?<name>\\w+)`,
  'gm',
)
const reExports = /^export (?:type )?(?:\{(?<names>[^}]*)\}|\*) from '(?<from>[^']+)'/gm
const imports = /^import (?:type )?\{(?<names>[^}]*)\} from '(?<from>[^']+)'/gm
const exportLists = /^export (?:type )?\{(?<names>[^}]*)\}(?! from)/gm

/**
 * Returns the exports of a file with their examples. Follows `export … from` within the package, and exports of what the file imports.
 * Exports of other packages are left out: they have their examples there.
 */
function readExports(file: URL): readonly PublicExport[] {
  const source = readFileSync(file, 'utf8')
  const declared = new Map<string, PublicExport>()
  for (const { groups } of source.matchAll(declarations)) {
    const { name = '', keyword = '', comment = '' } = groups ?? {}
    const earlier = declared.get(name) // an overload, or a type and a value of the same name
    const isType = keyword === 'interface' || keyword === 'type'
    declared.set(name, {
      name,
      kind: isType && earlier?.kind !== 'value' ? 'type' : 'value',
      examples: [...(earlier?.examples ?? []), ...examplesOf(comment)],
    })
  }
  const reExported = [...source.matchAll(reExports)].flatMap(({ groups }) => {
    const { names, from = '' } = groups ?? {}
    if (!from.startsWith('.')) return []
    const available = readExports(new URL(from, file))
    return names === undefined ? available : select(available, names, from)
  })
  const listed = [...source.matchAll(exportLists)].flatMap(({ groups }) =>
    select(importedInto(file, source), groups?.['names'] ?? '', file.pathname),
  )
  return [...declared.values(), ...reExported, ...listed]
}

/** Returns the exports of the package that a file imports by name. */
function importedInto(file: URL, source: string): readonly PublicExport[] {
  return [...source.matchAll(imports)].flatMap(({ groups }) => {
    const { names = '', from = '' } = groups ?? {}
    return from.startsWith('.') ? select(readExports(new URL(from, file)), names, from) : []
  })
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
