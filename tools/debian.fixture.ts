import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

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
