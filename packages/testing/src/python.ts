import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { installDebian, mayInstall } from './debian.ts'
import { run } from './process.ts'

/** Debian's own Python, which sees Debian's packages. */
export const python = '/usr/bin/python3'

/** Debian's packages that stories are told with, and the modules they bring. */
const modules = {
  'python3-jwt': 'jwt',
  'python3-cryptography': 'cryptography',
  'python3-authlib': 'authlib',
  'python3-flask': 'flask',
  'python3-python-flask-jwt-extended': 'flask_jwt_extended',
  'python3-seccomp': 'seccomp',
} as const

/**
 * Why a story is skipped: its Debian packages are not here. `false` when they are. On a CI machine of its own they are installed;
 * nobody else's machine is touched.
 */
export function pythonLacks(...packages: readonly (keyof typeof modules)[]): string | false {
  const imports = `import ${packages.map((one) => modules[one]).join(', ')}`
  const present = () => spawnSync(python, ['-c', imports]).status === 0
  if (present()) return false
  if (mayInstall) installDebian(...packages)
  return mayInstall && present() ? false : `needs apt-get install ${packages.join(' ')}`
}

/** Runs a program of Python: it reads JSON and writes JSON. */
export async function askPython<T>(program: string, asked: unknown): Promise<T> {
  const { code, output } = await run([python, '-c', program], { input: JSON.stringify(asked) })
  assert.equal(code, 0, output)
  return JSON.parse(output) as T
}
