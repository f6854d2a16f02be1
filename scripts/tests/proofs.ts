import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { selectTests } from './select.ts'

/**
 * Runs the proofs that the arguments of this process name, or all: tests in their long form, then programs. It ends with the first that fails.
 * `--list` prints the files of the tests. `tests` has the words that select files, `programs` the arguments of Node.
 */
export function runProofs(
  tests: Readonly<Record<string, readonly string[]>>,
  programs: Readonly<Record<string, readonly string[]>> = {},
): void {
  const proofs: Readonly<Record<string, readonly string[]>> = {
    ...Object.fromEntries(
      Object.entries(tests).map(([name, words]) => [
        name,
        ['scripts/test.ts', 'all', '--figures', ...words],
      ]),
    ),
    ...programs,
  }
  const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(proofs)
  const unknown = names.filter((name) => !(name in proofs))
  if (names[0] === '--list') {
    for (const [name, words] of Object.entries(tests)) {
      const files = selectTests(join(import.meta.dirname, '../..'), 'all', words)
      console.log(`${name}: ${files.join(' ')}`)
    }
  } else if (unknown.length > 0) {
    console.error(
      `There is no proof ${unknown.join(', ')}; there are ${Object.keys(proofs).join(', ')}.`,
    )
    process.exitCode = 1
  } else {
    const failed = names.find((name) => !passes(name, proofs[name] ?? []))
    if (failed !== undefined) console.error(`The proof ${failed} failed.`)
    process.exitCode = failed === undefined ? 0 : 1
  }
}

function passes(name: string, args: readonly string[]): boolean {
  console.log(`proof: ${name}`)
  const env = { ...process.env, PROOFS: 'long' }
  const all = ['--conditions=@countersign/source', ...args]
  return spawnSync(process.execPath, all, { stdio: 'inherit', env }).status === 0
}
