// node scripts/bundle.ts, part of `npm run build`: the `countersign` program in a few files, beside the modules that others import, and the same for
// the packages that applications load. Reading files one by one takes half of the start time, and about 5 MiB: with some sixty of them Node
// compiles its loader once more.
// node scripts/bundle.ts FOLDER: only the program, into this folder.
import { build, type Plugin } from 'esbuild'
import { chmodSync, globSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

const packages = new URL('../packages/', import.meta.url).pathname
const server = join(packages, 'server')

/** Removes zod's messages in fifty languages: the program has messages of its own. */
const oneLanguage: Plugin = {
  name: 'one-language',
  setup({ onLoad }) {
    const contents = `export { default as en } from './en.js'`
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, ({ path }) => ({
      contents,
      resolveDir: dirname(path),
    }))
  },
}

/** Writes the program into a folder, which is emptied first. */
async function bundle(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  await build({
    entryPoints: [
      'cli/countersign.ts',
      'store/sqlite/sqlite-worker.ts',
      'platform/crypto/password-worker.ts',
    ].map(
      (name) => join(server, 'src', name), // each thread starts from its own file
    ),
    outdir: folder,
    entryNames: '[name]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    conditions: ['@countersign/source'],
    minifySyntax: true, // names and lines stay: a stack trace can be read
    // These stay packages: they are native, load files of their own, or are rarely needed.
    external: [
      '@node-rs/argon2',
      '@node-rs/bcrypt',
      '@opentelemetry/api',
      'nodemailer',
      'piscina',
      'pg',
      'pino-pretty',
      'prom-client',
      'cli-table3',
    ],
    plugins: [oneLanguage],
    // For CommonJS packages that require modules of the platform.
    banner: {
      js: "import { createRequire as createRequireHere } from 'node:module'; const require = createRequireHere(import.meta.url);",
    },
    logLevel: 'warning',
  })
  chmodSync(join(folder, 'countersign.js'), 0o755)
}

/** Writes each entry of a package that `tsc` has built into one file, and what several entries share into others. */
async function bundlePackage(name: string): Promise<void> {
  const folder = join(packages, name)
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>
  }
  const entries = Object.values(exports).flatMap((one) => one['@countersign/source'] ?? [])
  for (const file of globSync(join(folder, 'dist/**/*.js'))) rmSync(file)
  await build({
    entryPoints: entries.map((entry) => join(folder, entry)),
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

const [, , folder] = process.argv
await bundle(folder ?? join(server, 'dist/bin'))
if (folder === undefined) for (const name of ['token', 'guard']) await bundlePackage(name)
