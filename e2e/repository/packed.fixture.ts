// Checks of a packed package by publint and by Are the types wrong?, which read it as bundlers, Node and TypeScript do.
import { checkPackage, createPackageFromTarballData, type Problem } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

/**
 * Problems that are decisions. The packages are ES modules only, which `require` of Node 22 loads as well; and their subpaths are in `exports`, which
 * TypeScript does not read with `moduleResolution: node10`.
 */
function isDecided(problem: Problem): boolean {
  if (problem.kind === 'CJSResolvesToESM') return true
  return 'resolutionKind' in problem && problem.resolutionKind === 'node10'
}

/** Returns what publint and Are the types wrong? find in a packed package. */
export async function faultsOfPackage(packed: Uint8Array<ArrayBuffer>): Promise<readonly string[]> {
  const { messages, pkg } = await publint({ pack: { tarball: packed.buffer }, strict: true })
  const linted = messages.map((one) => String(formatMessage(one, pkg)))
  const typed = await checkPackage(createPackageFromTarballData(packed))
  const problems =
    typed.types === false ? ['it has no types'] : typed.problems.filter((one) => !isDecided(one))
  return [...linted, ...problems.map((one) => JSON.stringify(one))]
}
