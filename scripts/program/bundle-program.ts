import { build, type BuildOptions, type Plugin } from 'esbuild'
import { chmodSync, globSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

const server = new URL('../../packages/server', import.meta.url).pathname

/** Packages that the bundle imports: they are native, load files of their own, or are rarely needed. */
export const externalPackages = [
  '@node-rs/argon2',
  '@node-rs/bcrypt',
  '@opentelemetry/api',
  'nodemailer',
  'piscina',
  'pg',
  'pino-pretty',
  'prom-client',
  'cli-table3',
] as const

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

/** The threads, each of which starts from a file of its own, beside the bundle. */
const threads = ['store/sqlite/sqlite-worker.ts', 'platform/crypto/password-worker.ts']

/** Writes the program `countersign` and its threads into a folder, which is emptied first. */
export async function bundleProgram(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  const entries = ['cli/countersign.ts', ...threads].map((name) => join(server, 'src', name))
  await bundle(entries, { outdir: folder, entryNames: '[name]' })
  chmodSync(join(folder, 'countersign.js'), 0o755)
}

/**
 * Writes what applications import of the server, and its threads, in the place of the modules that `tsc` has built. The guard stays a package: the application
 * has adapters of it, which share with it what they remember of a request.
 */
export async function bundleLibrary(exported: readonly string[]): Promise<void> {
  const folder = join(server, 'dist')
  for (const file of globSync(join(folder, '**/*.js'))) rmSync(file)
  const found = threads.map((name) => ({
    in: join(server, 'src', name),
    out: basename(name, '.ts'),
  }))
  const entries = exported.map((entry) => ({
    in: join(server, entry),
    out: entry.replace(/^\.\/src\/(.*)\.ts$/, '$1'),
  }))
  await bundle([...entries, ...found], { outdir: folder, external: ['@countersign/*'] })
}

async function bundle(
  entryPoints: Exclude<BuildOptions['entryPoints'], undefined>,
  { external = [], ...places }: Pick<BuildOptions, 'outdir' | 'entryNames' | 'external'>,
): Promise<void> {
  await build({
    entryPoints,
    ...places,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    conditions: ['@countersign/source'],
    minifySyntax: true,
    minifyWhitespace: true, // a third less text, which Node keeps in memory; names and short lines stay, so that a stack trace can be read
    lineLimit: 120,
    external: [...externalPackages, ...external],
    plugins: [oneLanguage],
    // For CommonJS packages that require modules of the platform.
    banner: {
      js: "import { createRequire as createRequireHere } from 'node:module'; const require = createRequireHere(import.meta.url);",
    },
    logLevel: 'warning',
  })
}
