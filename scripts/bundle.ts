// node scripts/bundle.ts, part of `npm run build`: the `countersign` program in a few files, beside the modules that others import, and the same for
// the packages that applications load. Reading files one by one takes half of the start time, and about 5 MiB: with some sixty of them Node
// compiles its loader once more.
// node scripts/bundle.ts FOLDER: only the program, into this folder.
import { build } from 'esbuild'
import { copyFileSync, globSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { bundleLibrary, bundleProgram } from './program/bundle-program.ts'

const packages = new URL('../packages/', import.meta.url).pathname
const server = join(packages, 'server')

/** Writes each entry of a package that `tsc` has built into one file, and what several entries share into others. */
async function bundlePackage(name: string): Promise<void> {
  const folder = join(packages, name)
  for (const file of globSync(join(folder, 'dist/**/*.js'))) rmSync(file)
  await build({
    entryPoints: entriesOf(name).map((entry) => join(folder, entry)),
    outbase: join(folder, 'src'),
    outdir: join(folder, 'dist'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    packages: 'external',
    logLevel: 'warning',
  })
}

/** Returns the files that a package exports, by their sources. */
function entriesOf(name: string): readonly string[] {
  const { exports } = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>
  }
  return Object.values(exports).flatMap((one) => one['@countersign/source'] ?? [])
}

const [, , folder] = process.argv
if (folder === undefined) await bundleLibrary(entriesOf('server')) // before the program, which is in its folder
await bundleProgram(folder ?? join(server, 'dist/bin'))
if (folder === undefined) {
  for (const name of ['token', 'guard']) await bundlePackage(name)
  for (const name of ['token', 'guard', 'client', 'server'])
    copyFileSync(join(packages, '../LICENSE'), join(packages, name, 'LICENSE')) // npm packs it
}
