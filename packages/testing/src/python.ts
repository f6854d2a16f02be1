import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { installDebian, mayInstall } from './debian.ts'
import { root } from './files.ts'
import { run } from './process.ts'

/** Debian's Python, which finds Debian's packages. */
export const python = '/usr/bin/python3'

/** The environment in which Python finds our own package, and writes nothing beside its sources. */
export const ownPackage = {
  PYTHONPATH: join(root, 'python'),
  PYTHONDONTWRITEBYTECODE: '1',
} as const

/** The Debian packages that tests use, and their modules. */
const modules = {
  'python3-jwt': 'jwt',
  'python3-cryptography': 'cryptography',
  'python3-authlib': 'authlib',
  'python3-requests': 'requests',
  'python3-requests-oauthlib': 'requests_oauthlib',
  'python3-flask': 'flask',
  'python3-django': 'django',
  'python3-werkzeug': 'werkzeug',
  'python3-passlib': 'passlib',
  'python3-bcrypt': 'bcrypt',
  'python3-argon2': 'argon2',
  'python3-gunicorn': 'gunicorn',
  'python3-python-flask-jwt-extended': 'flask_jwt_extended',
  'python3-seccomp': 'seccomp',
  'python3-aiosmtpd': 'aiosmtpd',
  'python3-pyotp': 'pyotp',
} as const

/**
 * Returns why a test is skipped: its Debian packages are missing. Returns `false` when they are installed. On a CI machine they are
 * installed first; a developer's machine is not changed.
 */
export function pythonLacks(...packages: readonly (keyof typeof modules)[]): string | false {
  const imports = `import ${packages.map((one) => modules[one]).join(', ')}`
  const present = () => spawnSync(python, ['-c', imports]).status === 0
  if (present()) return false
  if (mayInstall) installDebian(...packages)
  return mayInstall && present() ? false : `needs apt-get install ${packages.join(' ')}`
}

/** Runs a Python program that reads JSON from its input and prints JSON. It can import our own package. */
export async function askPython<T>(program: string, input: unknown): Promise<T> {
  const { code, output } = await run([python, '-c', program], {
    input: JSON.stringify(input),
    env: ownPackage,
  })
  assert.equal(code, 0, output)
  return JSON.parse(output) as T
}
