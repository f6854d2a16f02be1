// node scripts/bundle.ts [FOLDER], part of `npm run build`: the `countersign` program in a few files, beside the modules that others import. Reading some four hundred
// files one by one would take half of its start time.
import { build, type Plugin } from 'esbuild'
import { chmodSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

const server = new URL('../packages/server/', import.meta.url).pathname

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

await bundle(process.argv[2] ?? join(server, 'dist/bin'))
