import { existsSync, globSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

// The packages whose code is in the one-file program, with their licenses and as a bill of materials.

const root = join(import.meta.dirname, '../..')

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const manifestOf = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest

/** Returns the folder of a package that a folder's files can import, or `undefined` if it is not installed, such as one of another platform. */
function packageFolder(name: string, from: string): string | undefined {
  for (let folder = from; folder.startsWith(root); folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name)
    if (existsSync(join(found, 'package.json'))) return found
  }
  return undefined
}

/** Adds the folder of a package that files of another folder import, and those of all packages that it needs. */
export function collectPackages(name: string, from: string, found: Set<string>): void {
  const folder = packageFolder(name, from)
  if (folder === undefined || found.has(folder)) return
  found.add(folder)
  const { dependencies, optionalDependencies } = manifestOf(folder)
  for (const one of Object.keys({ ...dependencies, ...optionalDependencies }))
    collectPackages(one, folder, found)
}

/** A part of the program, and the folder that it comes from. */
interface Part {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly folder: string
}

/** Returns the parts of the program: Countersign, Node, and every package that the server needs. */
export function partsOfProgram(server: string): readonly Part[] {
  const packages = new Set<string>()
  const own = manifestOf(server)
  for (const one of Object.keys(own.dependencies ?? {})) collectPackages(one, server, packages)
  const node = join(dirname(realpathSync(process.execPath)), '..') // in its package as in its archive
  return [
    { ...own, folder: root },
    { name: 'node', version: process.versions.node, license: 'MIT', folder: node },
    ...[...packages].map((folder) => ({ ...manifestOf(folder), folder })),
  ]
}

/** Returns the texts of the licenses of all parts. */
export function licensesOf(parts: readonly Part[]): string {
  const texts = parts.map(({ name, version, license, folder }) => {
    const [file] = globSync('{LICENSE,LICENCE,license}*', { cwd: folder })
    return `== ${name} ${version}, ${license}\n\n${file ? readFileSync(join(folder, file), 'utf8') : ''}`
  })
  return texts.join('\n')
}

/** Returns the bill of materials in CycloneDX 1.6. `npm sbom` of npm 11 leaves out packages of a workspace that others share. */
export function billOfMaterials([program, ...parts]: readonly Part[]): string {
  const component = ({ name, version, license }: Part, type: string) => ({
    type,
    'bom-ref': `${name}@${version}`,
    name,
    version,
    purl: `pkg:${name === 'node' ? 'generic' : 'npm'}/${name.replace('@', '%40')}@${version}`,
    licenses: [{ license: { id: license } }],
  })
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: program && { component: component(program, 'application') },
    components: parts.map((one) => component(one, one.name === 'node' ? 'platform' : 'library')),
  }
  return `${JSON.stringify(bill, null, 2)}\n`
}
