import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'

const client = fileURLToPath(import.meta.resolve('@countersign/client'))

/** Bundles a file and its imports to JavaScript for a browser; by default the client. */
export async function bundleForBrowser(file = client): Promise<string> {
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
