import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'

const client = fileURLToPath(import.meta.resolve('@countersign/client'))

const bundles = new Map<string, Promise<string>>()

/** Bundles a file and its imports to JavaScript for a browser, once in a process; by default the client. */
export function bundleForBrowser(file = client): Promise<string> {
  const bundled = bundles.get(file) ?? bundle(file)
  bundles.set(file, bundled)
  return bundled
}

async function bundle(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['@countersign/source'],
    write: false,
  })
  return outputFiles[0]?.text ?? ''
}
