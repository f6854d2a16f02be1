import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Whether tests may install Debian packages: on a CI machine of their own only; nobody else's machine is touched. */
export const mayInstall =
  process.env['CI'] === 'true' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')

/** Installs Debian packages. Test files run side by side and apt-get serves one at a time, hence the lock. */
export function installDebian(...packages: readonly string[]): void {
  const apt = (...args: readonly string[]) =>
    spawnSync('flock', ['/tmp/countersign-apt.lock', 'apt-get', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  apt('update', '-qq')
  apt('install', '-y', '-qq', ...packages)
}

/** Said when tests are skipped for want of a program. */
export const howToGet = (name: string) => `needs ${name}: apt-get install ${name}`

/**
 * Where a program is. On a CI machine of its own its Debian package is installed, and missing it there is an error; elsewhere
 * `undefined`, and a test says {@link howToGet}.
 */
export function findProgram(name: string, debianPackage = name): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'] // which not everybody has on the path
  const look = () => folders.map((folder) => join(folder, name)).find(existsSync)
  let found = look()
  if (found === undefined && mayInstall) {
    installDebian(debianPackage)
    found = look()
  }
  assert.ok(found !== undefined || process.env['CI'] !== 'true', howToGet(debianPackage))
  return found
}
