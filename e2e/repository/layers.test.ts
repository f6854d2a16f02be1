import { root } from '@countersign/testing/files'
import { findImportFaults, type Layers } from '@countersign/testing/imports'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite, test } from 'node:test'

// layers.json says what may import what. A planted violation of each rule proves that the check finds it.
const layers = JSON.parse(readFileSync(join(root, 'layers.json'), 'utf8')) as Layers
const server = 'packages/server/src'

/** A file, and what it must not import. */
const forbidden: readonly (readonly [string, string])[] = [
  ['packages/token/src/planted.ts', 'hono'],
  ['packages/token/src/planted.ts', '@countersign/guard'],
  ['packages/token/src/jws/planted.ts', '../jwk/key.ts'],
  ['packages/token/src/jwk/planted.ts', '../status-list/status-list.ts'],
  ['packages/token/src/lib/planted.ts', '../index.ts'],
  ['packages/guard/src/planted.ts', '@countersign/server'],
  ['packages/guard/src/planted.ts', 'hono'],
  ['packages/guard/src/planted.ts', '../../token/src/jwt/claims.ts'],
  ['packages/guard/src/planted.ts', './adapters/hono.ts'],
  ['packages/guard/src/issuers/planted.ts', 'hono'],
  ['packages/guard/src/issuers/planted.ts', '../adapters/hono.ts'],
  ['packages/guard/src/revocation/planted.ts', '../testing/test-issuer.ts'],
  ['packages/guard/src/revocation/planted.ts', '../../../token/src/jwt/claims.ts'],
  ['packages/guard/src/adapters/planted.ts', 'hono'],
  ['packages/guard/src/adapters/hono.ts', 'koa'],
  ['packages/guard/src/adapters/hono.ts', 'fastify'],
  ['packages/guard/src/adapters/hono.ts', '@countersign/server'],
  ['packages/guard/src/adapters/koa.ts', '../testing/test-issuer.ts'],
  ['packages/guard/src/adapters/fastify.ts', 'hono'],
  ['packages/guard/src/adapters/express.ts', 'node:fs'],
  ['packages/guard/src/adapters/express.ts', '../../../token/src/jwt/claims.ts'],
  ['packages/client/src/planted.ts', '@countersign/token'],
  ['packages/client/src/planted.ts', 'node:fs'],
  ['packages/client/src/planted.ts', '../../token/src/failures.ts'],
  [`${server}/config/planted.ts`, '../store/migrate.ts'],
  [`${server}/config/planted.ts`, '../domain/store.ts'],
  [`${server}/domain/planted.ts`, '../store/migrate.ts'],
  [`${server}/domain/keys/planted.ts`, '../../platform/crypto/random.ts'],
  [`${server}/domain/planted.ts`, 'kysely'],
  [`${server}/domain/planted.ts`, 'zod'],
  [`${server}/domain/planted.ts`, 'node:fs'],
  [`${server}/domain/planted.ts`, '../compose.ts'],
  [`${server}/domain/planted.ts`, '../jobs/jobs.ts'],
  [`${server}/domain/users/planted.ts`, '../authentication/sign-in.ts'],
  [`${server}/domain/sessions/planted.ts`, '../passwords/password.ts'],
  [`${server}/domain/keys/planted.ts`, '../store.ts'],
  [`${server}/http/planted.ts`, '../store/store.ts'],
  [`${server}/http/api/planted.ts`, '../../config/load.ts'],
  [`${server}/http/planted.ts`, '../jobs/jobs.ts'],
  [`${server}/http/planted.ts`, '@countersign/testing/files'],
  [`${server}/store/planted.ts`, '../http/pipeline/route.ts'],
  [`${server}/store/planted.ts`, 'zod'],
  [`${server}/platform/planted.ts`, '../store/store.ts'],
  [`${server}/jobs/planted.ts`, '../store/store.ts'],
  [`${server}/jobs/planted.ts`, '../platform/crypto/random.ts'],
  [`${server}/jobs/planted.ts`, 'kysely'],
  [`${server}/cli/commands/planted.ts`, '../../jobs/jobs.ts'],
  [`${server}/cli/commands/planted.ts`, '../../store/store.ts'],
  [`${server}/index.ts`, '@countersign/testing/files'],
  [`${server}/planted.ts`, '../../../scripts/wire.ts'],
  [`${server}/planted.test.ts`, '../../../scripts/wire.ts'],
  [`${server}/store/planted.contract.ts`, '../../../../e2e/browser/site.fixture.ts'],
  ['packages/token/src/planted.test.ts', '../../../bench/src/main.ts'],
  ['packages/guard/src/planted.fixture.ts', '../../token/src/jwt/forge.fixture.ts'],
  ['packages/testing/src/planted.ts', '../../../e2e/browser/site.fixture.ts'],
  ['e2e/api/planted.test.ts', '../../scripts/wire.ts'],
  ['e2e/api/planted.test.ts', '../../bench/src/main.ts'],
  ['e2e/api/planted.test.ts', '../browser/site.fixture.ts'],
  ['scripts/planted.ts', '../e2e/browser/site.fixture.ts'],
  ['scripts/planted.ts', '../bench/src/main.ts'],
  ['bench/src/planted.ts', '../../e2e/browser/site.fixture.ts'],
  ['bench/src/planted.ts', '../../scripts/wire.ts'],
  ['examples/koa/planted.test.ts', '../../packages/testing/src/files.ts'],
]

const faultsOf = (files: Readonly<Record<string, string>>, table = layers) =>
  findImportFaults(new Map(Object.entries(files)), table)

suite('layers', () => {
  for (const [file, specifier] of forbidden)
    test(`${file} must not import ${specifier}`, () => {
      for (const text of [
        `import { one } from '${specifier}'`,
        `import {\n  one,\n} from '${specifier}'`,
        `export { one } from '${specifier}'`,
        `const one = await import('${specifier}')`,
        `type One = import('${specifier}').One`,
        `import '${specifier}'`,
      ])
        assert.deepEqual(faultsOf({ [file]: text }), [`${file} must not import ${specifier}`], text)
    })

  test('an example in a comment imports nothing', () => {
    const text = "/**\n * import { Hono } from 'hono'\n */\n// import { Hono } from 'hono'\n"
    assert.deepEqual(faultsOf({ 'packages/token/src/planted.ts': text }), [])
  })

  test('an adapter imports the types of its framework, and no values', () => {
    const frameworks = {
      hono: 'hono',
      fastify: 'fastify',
      koa: 'koa',
      express: 'node:http',
    }
    for (const [name, framework] of Object.entries(frameworks)) {
      const file = `packages/guard/src/adapters/${name}.ts`
      assert.deepEqual(faultsOf({ [file]: `import type { One } from '${framework}'` }), [])
      assert.equal(faultsOf({ [file]: `import { One } from '${framework}'` }).length, 1)
    }
  })

  test('subfolders in an order import only those before them', () => {
    const table = {
      tests: [],
      layers: [{ folder: 'src', imports: [], order: ['low', 'a b', 'high'] }],
    }
    const one = (from: string, to: string) =>
      faultsOf({ [`src/${from}/x.ts`]: `import type { Y } from '../${to}/y.ts'` }, table).length
    const pairs = [
      ['a', 'low'],
      ['high', 'b'],
      ['low', 'a'],
      ['a', 'b'],
      ['b', 'high'],
    ] as const
    assert.deepEqual(
      pairs.map(([from, to]) => one(from, to)),
      [0, 0, 1, 1, 1],
    )
    const top = { 'src/low/x.ts': "import { y } from '../top.ts'" }
    assert.equal(faultsOf(top, table).length, 1)
    const listed = {
      tests: [],
      layers: [{ folder: 'src', imports: ['src/top.ts'], order: ['low'] }],
    }
    assert.deepEqual(faultsOf(top, listed), [])
  })

  test('a circle is found, however long and also of types, and a diamond is none', () => {
    const table = { tests: [], layers: [{ folder: 'src', imports: [], noCircles: true }] }
    const type = (name: string) => `import type { X } from './${name}.ts'\n`
    assert.deepEqual(
      faultsOf({ 'src/a.ts': type('b'), 'src/b.ts': type('c'), 'src/c.ts': type('b') }, table),
      ['a circle: src/b.ts → src/c.ts → src/b.ts'],
    )
    const diamond = {
      'src/a.ts': type('b') + type('c'),
      'src/b.ts': type('d'),
      'src/c.ts': type('d'),
      'src/d.ts': '',
    }
    assert.deepEqual(faultsOf(diamond, table), [])
  })
})

test('only clocks read the time', () => {
  const { stdout } = lint(`${server}/domain/planted.ts`, 'export const now = () => Date.now()\n')
  assert.match(stdout, /no-restricted-globals/)
})

test('only the platform and the scheduler set timers', () => {
  const waits = 'export const wait = (work: () => void) => setTimeout(work, 1)\n'
  for (const layer of ['domain', 'jobs', 'store', 'http'])
    assert.match(lint(`${server}/${layer}/planted.ts`, waits).stdout, /no-restricted-globals/)
  assert.doesNotMatch(lint(`${server}/jobs/scheduler.ts`, waits).stdout, /no-restricted-globals/)
})

/** Lints one planted file in a folder that holds only that file and the rules. */
function lint(file: string, text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  const path = join(folder, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  cpSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
  const result = spawnSync('oxlint', [], { cwd: folder, encoding: 'utf8' })
  rmSync(folder, { recursive: true })
  return result
}
