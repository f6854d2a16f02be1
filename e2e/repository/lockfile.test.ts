import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

interface Entry {
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const lock = JSON.parse(
  readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'),
) as {
  readonly packages: Readonly<Record<string, Entry>>
}

// npm writes a lockfile with holes when a platform's package cannot be found, and `npm ci` then refuses it everywhere.
test('the lockfile is complete for every platform', () => {
  const names = new Set(
    Object.keys(lock.packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)),
  )
  for (const [path, { optionalDependencies = {} }] of Object.entries(lock.packages)) {
    for (const name of Object.keys(optionalDependencies))
      assert.ok(names.has(name), `${path} wants ${name}`)
  }
})

test('the lockfile names no registry', () => {
  for (const [path, { resolved = '' }] of Object.entries(lock.packages))
    assert.doesNotMatch(resolved, /:/, path)
})
