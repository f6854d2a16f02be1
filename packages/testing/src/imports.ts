// Checks imports against the table of layers (layers.json): who may import what, in which order, without circles. Types count like values.
import { posix } from 'node:path'

/** The imports that the files of one folder may have besides the folder itself. */
export interface Layer {
  /** A folder or a file, from the root of the repository. Of several that contain a file, the longest decides. */
  readonly folder: string
  /** Beginnings of paths or of package names; `npm` stands for every package that is not ours. */
  readonly imports: readonly string[]
  /** Beginnings of paths that are refused although `imports` or the folder itself would admit them. */
  readonly not?: readonly string[]
  /** Packages that are imported as types only. */
  readonly types?: readonly string[]
  /** Subfolders, lowest first: each imports only those before it, and of the files beside them those that `imports` lists. A name of several subfolders with a space: they do not import each other. */
  readonly order?: readonly string[]
  readonly noCircles?: boolean
  /** True if subfolders must not import each other. */
  readonly separateSubfolders?: boolean
}

/** The table of layers, as layers.json holds it. */
export interface Layers {
  /** Suffixes of files for tests, such as `test` in `user.test.ts`. Inside a package they import any file of that package. */
  readonly tests: readonly string[]
  readonly layers: readonly Layer[]
}

/** The source files to check: each path, from the root of the repository, with its text. */
export type Sources = ReadonlyMap<string, string>

/** Returns a line for each import that the table forbids, and for each circle; empty if all is well. */
export function findImportFaults(sources: Sources, { tests, layers }: Layers): readonly string[] {
  const isTest = (file: string) => tests.some((suffix) => file.endsWith(`.${suffix}.ts`))
  const faults = [...sources].flatMap(([file, text]) => {
    const layer = layerOf(file, layers)
    if (!layer) return []
    const rule = isTest(file) ? testLayer(file, layer) : layer
    return importsIn(text)
      .filter((one) => !isAllowed(file, one, rule))
      .map(({ specifier }) => `${file} must not import ${specifier}`)
  })
  const circles = layers
    .filter(({ noCircles }) => noCircles)
    .map(({ folder }) => findCircle(sources, (file) => isIn(file, folder) && !isTest(file)))
  return [...faults, ...circles.flatMap((one) => (one ? [`a circle: ${one.join(' → ')}`] : []))]
}

/** Tests of a package may import all of it, and packages by their names. */
function testLayer(file: string, layer: Layer): Layer {
  const source = /^packages\/[^/]+\/src/.exec(file)?.[0]
  return source === undefined
    ? layer
    : {
        folder: source,
        imports: ['@countersign/', 'npm', 'node:', `${dirnameOf(source)}/package.json`],
      }
}

function layerOf(file: string, layers: readonly Layer[]): Layer | undefined {
  return layers
    .filter(({ folder }) => isIn(file, folder))
    .toSorted((a, b) => b.folder.length - a.folder.length)[0]
}

function isAllowed(file: string, { specifier, isType }: Import, layer: Layer): boolean {
  if (!specifier.startsWith('.')) {
    const matches = (name: string) =>
      specifier === name || specifier.startsWith(/[/:]$/.test(name) ? name : `${name}/`)
    const isForeign = !specifier.startsWith('node:') && !specifier.startsWith('@countersign/')
    return (
      layer.imports.some((name) => matches(name) || (name === 'npm' && isForeign)) ||
      (isType && (layer.types ?? []).some(matches))
    )
  }
  const target = posix.join(dirnameOf(file), specifier)
  if (layer.not?.some((path) => target.startsWith(path))) return false
  if (!isIn(target, layer.folder)) return layer.imports.some((path) => target.startsWith(path))
  const [from, to] = [subfolderOf(file, layer), subfolderOf(target, layer)]
  if (from === undefined || from === to) return true
  if (to === undefined)
    return layer.order === undefined || layer.imports.some((path) => target.startsWith(path))
  if (layer.separateSubfolders) return false
  return layer.order === undefined || rankOf(to, layer.order) < rankOf(from, layer.order)
}

function rankOf(subfolder: string, order: readonly string[]): number {
  const rank = order.findIndex((names) => names.split(' ').includes(subfolder))
  return rank === -1 ? order.length : rank
}

/** The folder directly below the layer's; `undefined` for a file that lies in the layer's own folder. */
function subfolderOf(file: string, { folder }: Layer): string | undefined {
  const [first, rest] = file.slice(folder.length + 1).split('/')
  return rest === undefined ? undefined : first
}

interface Import {
  readonly specifier: string
  readonly isType: boolean
}

/** Returns what a TypeScript file imports. Comments are left out: the code of an example imports nothing. */
function importsIn(text: string): readonly Import[] {
  const code = text.replaceAll(/^\s*(\*|\/\/|\/\*).*$/gm, '')
  const found = code.matchAll(
    /(?:\b(import|export)\s+(type\s)?[\w\s{},*$]*?\bfrom\s*|\bimport\s*(\()?\s*)'([^'\n$]+)'/g,
  )
  return [...found].map(([, , type, , specifier = '']) => ({
    specifier,
    isType: type !== undefined,
  }))
}

/** Returns the first circle of imports among the files that `belongs` admits, from one file back to itself. */
function findCircle(
  sources: Sources,
  belongs: (file: string) => boolean,
): readonly string[] | undefined {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    const start = path.indexOf(file)
    if (start !== -1) return [...path.slice(start), file]
    if (done.has(file)) return undefined
    for (const { specifier } of importsIn(sources.get(file) ?? '')) {
      const target = specifier.startsWith('.') ? posix.join(dirnameOf(file), specifier) : ''
      const circle = belongs(target) ? visit(target, [...path, file]) : undefined
      if (circle) return circle
    }
    done.add(file)
    return undefined
  }
  for (const file of sources.keys()) {
    const circle = belongs(file) ? visit(file, []) : undefined
    if (circle) return circle
  }
  return undefined
}

function isIn(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`)
}

const dirnameOf = posix.dirname
