// npm run program [-- --output FILE]: `countersign` as one file, with Node and everything that it needs, for the platform that this runs on; and the
// licenses of its parts beside it.
import { build } from 'esbuild'
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { bundleProgram, externalPackages } from './program/bundle-program.ts'

const root = join(import.meta.dirname, '..')
const server = join(root, 'packages/server')
const serverInProgram = 'node_modules/@countersign/server'

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

/** Adds the folder of a package, and those of all packages that it needs. */
function collectPackages(name: string, from: string, found: Set<string>): void {
  const folder = packageFolder(name, from)
  if (folder === undefined || found.has(folder)) return
  found.add(folder)
  const { dependencies, optionalDependencies } = manifestOf(folder)
  for (const one of Object.keys({ ...dependencies, ...optionalDependencies }))
    collectPackages(one, folder, found)
}

/** Returns the files below a folder, without those that no program loads, by their names in the program. */
function filesOf(folder: string, name: string): readonly (readonly [string, string])[] {
  const unused =
    /\.(d\.[cm]?ts|[cm]?ts|map|md|markdown)$|(^|\/)(node_modules|tests?|bench|docs|examples)\//
  const files = globSync('**/*', { cwd: folder }).filter((file) => !unused.test(file))
  return files
    .filter((file) => statSync(join(folder, file)).isFile())
    .map((file) => [join(name, file), join(folder, file)])
}

/** Returns every file within the program: its name there, and its path here. */
async function assetsIn(staging: string): Promise<Readonly<Record<string, string>>> {
  const bin = join(staging, 'bin')
  await bundleProgram(bin)
  const options = { bundle: true, platform: 'node', target: 'node26', outdir: staging } as const
  await build({ ...options, entryPoints: [join(root, 'scripts/program/main.ts')], format: 'esm' })
  await build({ ...options, entryPoints: [join(root, 'scripts/program/thread.ts')], format: 'cjs' })
  const packages = new Set<string>()
  for (const name of [...externalPackages, 'uplot']) collectPackages(name, server, packages)
  const inProgram = (folder: string) =>
    relative(root, folder).replace('packages/server', serverInProgram)
  return Object.fromEntries([
    ['thread.js', join(staging, 'thread.js')],
    [join(serverInProgram, 'package.json'), join(server, 'package.json')],
    ...filesOf(join(server, 'assets'), join(serverInProgram, 'assets')),
    ...filesOf(join(server, 'data'), join(serverInProgram, 'data')),
    ...filesOf(bin, join(serverInProgram, 'dist/bin')),
    ...[...packages].flatMap((folder) => filesOf(folder, inProgram(folder))),
  ]) as Readonly<Record<string, string>>
}

/** Returns the licenses of Countersign, of Node, and of every package whose code is in the program. */
function licenses(): string {
  const packages = new Set<string>()
  const { dependencies = {} } = manifestOf(server)
  for (const one of Object.keys(dependencies)) collectPackages(one, server, packages)
  const node = join(dirname(realpathSync(process.execPath)), '..') // in its package as in its archive
  const parts = [
    ['Countersign', root],
    ['Node.js', node],
  ]
  for (const folder of packages) {
    const { name, version, license } = manifestOf(folder)
    parts.push([`${name} ${version}, ${license}`, folder])
  }
  const texts = parts.map(([title, folder]) => {
    const [file] = globSync('{LICENSE,LICENCE,license}*', { cwd: String(folder) })
    return `== ${title}\n\n${file ? readFileSync(join(String(folder), file), 'utf8') : ''}`
  })
  return texts.join('\n')
}

/** Writes the program. */
async function writeProgram(output: string): Promise<void> {
  const staging = mkdtempSync(join(tmpdir(), 'countersign-program-'))
  try {
    const assets = await assetsIn(staging)
    mkdirSync(dirname(output), { recursive: true })
    const config = join(staging, 'program.json')
    const settings = {
      main: join(staging, 'main.js'),
      mainFormat: 'module',
      output,
      disableExperimentalSEAWarning: true,
      useVfs: true,
      execArgv: ['--experimental-vfs', '--disable-warning=ExperimentalWarning'],
      assets,
    }
    writeFileSync(config, JSON.stringify(settings))
    const { status, stderr } = spawnSync(process.execPath, [`--build-sea=${config}`], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`Node could not write the program: ${stderr}`)
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
  writeFileSync(`${output}.licenses.txt`, licenses())
  const size = Math.round(statSync(output).size / 2 ** 20)
  console.log(
    `${relative(process.cwd(), output)}: ${size} MiB, for ${process.platform} ${process.arch}`,
  )
}

const { values } = parseArgs({ options: { output: { type: 'string' } } })
const name = `countersign-${process.platform}-${process.arch}${process.platform === 'win32' ? '.exe' : ''}`
await writeProgram(values.output ?? join(root, 'dist', name))
