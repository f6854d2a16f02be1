// node --import ./scripts/lower-syntax.ts …: runs test code on Node 22, which has neither `using` declarations nor `RegExp.escape`. The sources of the
// packages need neither; they are transformed like the tests.
import { transformSync } from 'esbuild'
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

registerHooks({
  load(url, context, nextLoad) {
    if (!url.endsWith('.ts')) return nextLoad(url, context)
    const source = readFileSync(fileURLToPath(url), 'utf8')
    const { code } = transformSync(source, {
      loader: 'ts',
      format: 'esm',
      target: 'node22',
      sourcefile: url,
      sourcemap: 'inline',
    })
    return { format: 'module', source: code, shortCircuit: true }
  },
})

RegExp.escape ??= (text) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
