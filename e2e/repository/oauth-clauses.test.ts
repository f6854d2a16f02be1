import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '@countersign/testing/files'

const page = readFileSync(join(root, 'docs/oauth-clauses.md'), 'utf8')
const files = globSync('{packages,e2e}/**/*.{test,contract}.ts', {
  cwd: root,
  exclude: ['**/node_modules/**'],
})

test('each clause of OAuth names a test whose name carries its id, or says why there is none', () => {
  const rows = [...page.matchAll(/^\| (OA\.\d+) \|.*\| ([^|]+) \|$/gm)]
  assert.ok(rows.length > 130, String(rows.length))
  const ids = rows.map(([, id = '']) => id)
  assert.equal(new Set(ids).size, ids.length, 'each id is used once')
  for (const [, id = '', where = ''] of rows) {
    if (/^(not applicable|deviates): ./.test(where)) continue
    const [, name = ''] = /^`([^`]+)`$/.exec(where) ?? []
    const found = files.filter((file) => `/${file}`.endsWith(`/${name}`))
    assert.equal(found.length, 1, `${id}: ${name} is ${found.join(' and ') || 'nowhere'}`)
    assert.ok(namedIn(found[0] ?? '').has(id), `no test of ${name} carries ${id}`)
  }
})

test('each id of a clause that a test carries is a row', () => {
  for (const file of files)
    for (const id of namedIn(file)) assert.ok(page.includes(`| ${id} |`), `${id} of ${file}`)
})

/** Returns the ids in the names of the tests of a file: `[OA.1, OA.2] …`. */
function namedIn(file: string): ReadonlySet<string> {
  const text = readFileSync(join(root, file), 'utf8')
  const brackets = text.matchAll(/\[(OA\.\d+(?:, OA\.\d+)*)\] /g)
  return new Set([...brackets].flatMap(([, list = '']) => list.split(', ')))
}
