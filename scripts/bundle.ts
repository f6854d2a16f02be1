// node scripts/bundle.ts [FOLDER], part of `npm run build`: the `countersign` program in a few files, beside the modules that others import. To read some four hundred
// files, one by one, takes half of the time in which it starts.
import { build, type Plugin } from 'esbuild'
import { chmodSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

const server = new URL('../packages/server/', import.meta.url).pathname

/** zod says what is wrong in fifty languages, of which this program speaks none: its failures have sentences of their own. */
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
      (name) => join(server, 'src', name), // threads are started from files of their own
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
    // Native, made of files that they look for themselves, or seldom wanted: these stay packages, found when they are asked for.
    external: [
      '@node-rs/argon2',
      '@opentelemetry/api',
      'piscina',
      'pg',
      'pino-pretty',
      'prom-client',
      'cli-table3',
    ],
    plugins: [oneLanguage],
    // For packages in the older form that ask for modules of the platform.
    banner: {
      js: "import { createRequire as createRequireHere } from 'node:module'; const require = createRequireHere(import.meta.url);",
    },
    logLevel: 'warning',
  })
  chmodSync(join(folder, 'countersign.js'), 0o755)
}

await bundle(process.argv[2] ?? join(server, 'dist/bin'))
