import { build } from 'rolldown'

const client = new URL('../packages/client/src/index.ts', import.meta.url).pathname

/** JavaScript for a browser, of a TypeScript file and what it imports; by default of the client. */
export async function bundle(input = client): Promise<string> {
  const { output } = await build({
    input,
    platform: 'browser',
    resolve: { conditionNames: ['@countersign/source'] },
    output: { format: 'esm', minify: true },
    write: false,
  })
  return output[0].code
}
