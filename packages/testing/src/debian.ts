import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** True if tests may install Debian packages: on a CI machine of their own only, never on a developer's machine. */
export const mayInstall =
  process.env['CI'] === 'true' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')

// The package lists are good for an hour: a run installs packages a dozen times, and each update takes several seconds.
const install = `
  lists=/tmp/countersign-apt-updated
  [ -n "$(find $lists -mmin -60 2>/dev/null)" ] || { apt-get update -qq && touch $lists; }
  apt-get install -y -qq "$@"`

/** Installs Debian packages. Test files run in parallel and apt-get serves one at a time, hence the lock. */
export function installDebian(...packages: readonly string[]): void {
  spawnSync('flock', ['/tmp/countersign-apt.lock', 'sh', '-c', install, 'sh', ...packages], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}

/** Returns the reason that tests give when they are skipped because a program is missing. */
export const howToGet = (name: string) => `needs ${name}: apt-get install ${name}`

/**
 * Returns the path of a program. On a CI machine its Debian package is installed, and a missing program is an error; elsewhere
 * returns `undefined`, and the test is skipped with {@link howToGet}.
 */
export function findProgram(name: string, debianPackage = name): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'] // not on every user's path
  const find = () => folders.map((folder) => join(folder, name)).find(existsSync)
  let found = find()
  if (found === undefined && mayInstall) {
    installDebian(debianPackage)
    found = find()
  }
  assert.ok(found !== undefined || process.env['CI'] !== 'true', howToGet(debianPackage))
  return found
}
