// npm run program [-- --output FILE]: `countersign` as one file, with Node and everything that it needs, for the platform that this runs on; and the
// licenses and the bill of materials of its parts beside it.
import { build } from 'esbuild'
import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { bundleProgram, externalPackages } from './program/bundle-program.ts'
import { billOfMaterials, collectPackages, licensesOf, partsOfProgram } from './program/parts.ts'

const root = join(import.meta.dirname, '..')
const server = join(root, 'packages/server')
const serverInProgram = 'node_modules/@countersign/server'

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
  const parts = partsOfProgram(server)
  writeFileSync(`${output}.licenses.txt`, licensesOf(parts))
  writeFileSync(`${output}.cdx.json`, billOfMaterials(parts))
  const size = Math.round(statSync(output).size / 2 ** 20)
  console.log(
    `${relative(process.cwd(), output)}: ${size} MiB, for ${process.platform} ${process.arch}`,
  )
}

const { values } = parseArgs({ options: { output: { type: 'string' } } })
const name = `countersign-${process.platform}-${process.arch}${process.platform === 'win32' ? '.exe' : ''}`
await writeProgram(values.output ?? join(root, 'dist', name))
