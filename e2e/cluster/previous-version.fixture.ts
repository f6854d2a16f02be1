import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@countersign/testing/files'

const migrations = 'packages/server/src/store/migrations/migrations.ts'
const packages = ['token', 'guard', 'client', 'server'] as const

const git = (...args: readonly string[]) =>
  spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout?.trim() ?? ''

/** Returns the names of the migrations of a commit, in order. */
const migrationsOf = (commit: string) =>
  [...git('show', `${commit}:${migrations}`).matchAll(/^ {2}'([\w-]+)':/gm)]
    .map(([, name = '']) => name)
    .toSorted()

/**
 * Returns the newest commit with fewer migrations than this one, to which those that it lacks come last; `undefined` where the history is not
 * there. In a branch a migration may have been added before others.
 */
export function commitOfLastSchema(): string | undefined {
  const now = migrationsOf('HEAD')
  return git('log', '--format=%H', '--', migrations)
    .split('\n')
    .find((commit) => {
      const then = migrationsOf(commit)
      return (
        then.length > 0 && then.length < now.length && then.every((name, at) => name === now[at])
      )
    })
}

/** Checks a commit out into a folder, with the dependencies of this one, and returns its `countersign` command. */
export function checkOut(commit: string, folder: string): readonly string[] {
  const archive = execFileSync('git', ['archive', commit, 'packages'], { cwd: root, maxBuffer: 2 ** 28 }) // prettier-ignore
  execFileSync('tar', ['-x', '-C', folder], { input: archive })
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '@countersign'), { recursive: true })
  for (const name of readdirSync(join(root, 'node_modules')))
    if (name !== '@countersign') symlinkSync(join(root, 'node_modules', name), join(modules, name))
  for (const name of packages)
    symlinkSync(join(folder, 'packages', name), join(modules, '@countersign', name))
  const own = 'packages/server/node_modules'
  symlinkSync(join(root, own), join(folder, own))
  const main = join(folder, 'packages/server/src/cli/main.ts')
  return [process.execPath, '--conditions=@countersign/source', main]
}
