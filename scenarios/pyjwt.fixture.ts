import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Debian's own Python, which sees Debian's packages. */
export const python = '/usr/bin/python3'

/** Whether Debian's PyJWT is here. On a CI machine of its own it is installed; nobody else's machine is touched. */
export function hasPyJwt(): boolean {
  const present = () => spawnSync(python, ['-c', 'import jwt, cryptography']).status === 0
  if (present()) return true
  const mayInstall =
    process.env['CI'] === 'true' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
  if (!mayInstall) return false
  spawnSync('apt-get', ['update', '-qq'])
  spawnSync('apt-get', ['install', '-y', '-qq', 'python3-jwt', 'python3-cryptography'], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  return present()
}

/** What a skipped story says. */
export const wanted = 'needs PyJWT: apt-get install python3-jwt python3-cryptography'
