import { spawnSync } from 'node:child_process'
import { installDebian, mayInstall } from '../tools/debian.fixture.ts'

/** Debian's own Python, which sees Debian's packages. */
export const python = '/usr/bin/python3'

/** Whether Debian's PyJWT is here. On a CI machine of its own it is installed; nobody else's machine is touched. */
export function hasPyJwt(): boolean {
  const present = () => spawnSync(python, ['-c', 'import jwt, cryptography']).status === 0
  if (present()) return true
  if (!mayInstall) return false
  installDebian('python3-jwt', 'python3-cryptography')
  return present()
}

/** What a skipped story says. */
export const wanted = 'needs PyJWT: apt-get install python3-jwt python3-cryptography'
