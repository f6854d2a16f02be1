import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { root } from './files.ts'

/**
 * Type-checks a TypeScript project, given the path of its folder or of its `tsconfig.json`. Rejects with the errors of `tsc`. It uses one checker: the
 * four that `tsc` has by default each check most types, and take three times the processor time together.
 */
export async function typeCheck(project: string): Promise<void> {
  const args = ['-p', project, '--noEmit', '--singleThreaded']
  await promisify(execFile)('tsc', args, { cwd: root }).catch((error: { stdout: string }) => {
    throw new Error(error.stdout)
  })
}
