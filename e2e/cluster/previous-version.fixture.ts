import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@countersign/testing/files'

const migrations = 'packages/server/src/store/migrations/migrations.ts'
const packages = ['token', 'guard', 'client', 'server'] as const

/** Returns the commit before the last migration was added, or `undefined` where the history is not there. */
export function commitBeforeLastMigration(): string | undefined {
  const git = (...args: readonly string[]) =>
    spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout?.trim() ?? ''
  const last = git('log', '-1', '--format=%H', '--', migrations)
  return git('rev-parse', '--verify', '--quiet', `${last}^`) || undefined
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
