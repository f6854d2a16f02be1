import { build, type Plugin } from 'esbuild'
import { chmodSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

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

/** Writes the program `countersign` and its threads into a folder, which is emptied first. */
export async function bundleProgram(folder: string): Promise<void> {
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
    minifySyntax: true,
    minifyWhitespace: true, // a third less text, which Node keeps in memory; names and short lines stay, so that a stack trace can be read
    lineLimit: 120,
    external: [...externalPackages],
    plugins: [oneLanguage],
    // For CommonJS packages that require modules of the platform.
    banner: {
      js: "import { createRequire as createRequireHere } from 'node:module'; const require = createRequireHere(import.meta.url);",
    },
    logLevel: 'warning',
  })
  chmodSync(join(folder, 'countersign.js'), 0o755)
}
