import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

// The linter enforces the layers. A planted violation of each rule proves that the rule works.
const root = new URL('../..', import.meta.url).pathname
const server = 'packages/server/src'

const planted: readonly (readonly [string, string])[] = [
  ['packages/token/src/planted.ts', "import { Hono } from 'hono'"],
  ['packages/token/src/planted.ts', "import { createGuard } from '@countersign/guard'"],
  ['packages/guard/src/planted.ts', "import { createServer } from '@countersign/server'"],
  ['packages/guard/src/planted.ts', "import { Hono } from 'hono'"],
  ['packages/guard/src/planted.ts', "import { parseClaims } from '../../token/src/claims.ts'"],
  ['packages/guard/src/planted.ts', "import { honoGuard } from './adapters/hono.ts'"],
  ['packages/guard/src/issuers/planted.ts', "import { Hono } from 'hono'"],
  ['packages/guard/src/issuers/planted.ts', "import { honoGuard } from '../adapters/hono.ts'"],
  ['packages/guard/src/revocation/planted.ts', "import { fixed } from '../testing/test-issuer.ts'"],
  ['packages/guard/src/revocation/planted.ts', "import { x } from '../../../token/src/claims.ts'"],
  ['packages/guard/src/adapters/planted.ts', "import { Hono } from 'hono'"],
  ['packages/guard/src/adapters/hono.ts', "import { Hono } from 'hono'"],
  ['packages/guard/src/adapters/hono.ts', "import type { Context } from 'koa'"],
  ['packages/guard/src/adapters/hono.ts', "import { createServer } from '@countersign/server'"],
  ['packages/guard/src/adapters/fastify.ts', "import { fastify } from 'fastify'"],
  ['packages/guard/src/adapters/fastify.ts', "import type { Context } from 'hono'"],
  ['packages/guard/src/adapters/koa.ts', "import Koa from 'koa'"],
  [
    'packages/guard/src/adapters/koa.ts',
    "import { createTestIssuer } from '../testing/test-issuer.ts'",
  ],
  ['packages/guard/src/adapters/node.ts', "import { createServer } from 'node:http'"],
  ['packages/guard/src/adapters/express.ts', "import { readFileSync } from 'node:fs'"],
  ['packages/guard/src/adapters/express.ts', "import { x } from '../../../token/src/claims.ts'"],
  ['packages/client/src/planted.ts', "import { parseJsonObject } from '@countersign/token'"],
  ['packages/client/src/planted.ts', "import { readFileSync } from 'node:fs'"],
  ['packages/client/src/planted.ts', "import { tokenFailures } from '../../token/src/failures.ts'"],
  [`${server}/config/planted.ts`, "import { migrate } from '../store/migrate.ts'"],
  [`${server}/config/planted.ts`, "import type { Store } from '../domain/store.ts'"],
  [`${server}/domain/planted.ts`, "import { migrate } from '../store/migrate.ts'"],
  [`${server}/domain/keys/planted.ts`, "import { systemRandom } from '../../platform/random.ts'"],
  [`${server}/domain/planted.ts`, "import { sql } from 'kysely'"],
  [`${server}/domain/planted.ts`, "import { z } from 'zod'"],
  [`${server}/domain/planted.ts`, "import { readFileSync } from 'node:fs'"],
  [`${server}/domain/planted.ts`, "import { createServer } from '../compose.ts'"],
  [`${server}/http/planted.ts`, "import { createStore } from '../store/store.ts'"],
  [`${server}/http/routes/planted.ts`, "import { loadConfig } from '../../config/load.ts'"],
  [`${server}/store/planted.ts`, "import { route } from '../http/route.ts'"],
  [`${server}/store/planted.ts`, "import { z } from 'zod'"],
  [`${server}/platform/planted.ts`, "import { createStore } from '../store/store.ts'"],
  [`${server}/jobs/planted.ts`, "import { createStore } from '../store/store.ts'"],
  [`${server}/jobs/planted.ts`, "import { systemRandom } from '../platform/random.ts'"],
  [`${server}/jobs/planted.ts`, "import { route } from '../http/route.ts'"],
  [`${server}/jobs/planted.ts`, "import { sql } from 'kysely'"],
  [`${server}/http/planted.ts`, "import { jobs } from '../jobs/jobs.ts'"],
  [`${server}/domain/planted.ts`, "import { jobs } from '../jobs/jobs.ts'"],
  [`${server}/cli/commands/planted.ts`, "import { jobs } from '../../jobs/jobs.ts'"],
  [`${server}/cli/commands/planted.ts`, "import { createStore } from '../../store/store.ts'"],
  [`${server}/index.ts`, "import { scratch } from '@countersign/testing/files'"],
  [`${server}/http/planted.ts`, "import { scratch } from '@countersign/testing/files'"],
  [`${server}/planted.ts`, "import { wireSource } from '../../../scripts/wire.ts'"],
  [`${server}/planted.test.ts`, "import { wireSource } from '../../../scripts/wire.ts'"],
  [`${server}/store/planted.contract.ts`, "import { openSite } from '../../../../e2e/site.ts'"],
  ['packages/token/src/planted.test.ts', "import { main } from '../../../bench/src/main.ts'"],
  [
    'packages/guard/src/planted.fixture.ts',
    "import { now } from '../../token/src/forge.fixture.ts'",
  ],
  [
    'packages/testing/src/planted.ts',
    "import { openSite } from '../../../e2e/browser/site.fixture.ts'",
  ],
  ['e2e/api/planted.test.ts', "import { wireSource } from '../../scripts/wire.ts'"],
  ['e2e/api/planted.test.ts', "import { main } from '../../bench/src/main.ts'"],
  ['e2e/api/planted.test.ts', "import { openSite } from '../browser/site.fixture.ts'"],
  [
    'e2e/api/planted.test.ts',
    "import { policies } from '../../packages/server/src/store/contracts/policies.fixture.ts'",
  ],
  ['e2e/api/planted.test.ts', "import { root } from '../../packages/testing/src/files.ts'"],
  ['scripts/planted.ts', "import { openSite } from '../e2e/browser/site.fixture.ts'"],
  ['scripts/planted.ts', "import { main } from '../bench/src/main.ts'"],
  ['bench/src/planted.ts', "import { openSite } from '../browser/site.fixture.ts'"],
  ['bench/src/planted.ts', "import { wireSource } from '../../scripts/wire.ts'"],
  [
    'bench/src/planted.ts',
    "import { policies } from '../../packages/server/src/store/contracts/policies.fixture.ts'",
  ],
  ['examples/koa/planted.test.ts', "import { root } from '../../packages/testing/src/files.ts'"],
]

test('the linter refuses each forbidden import, and the repository breaks no rule', () => {
  for (const [file, line] of planted) {
    const { status, stdout } = lint(file, `${line}\n`)
    assert.notEqual(status, 0, `${file}: ${line}`)
    assert.match(stdout, /no-restricted-imports/, `${file}: ${line}`)
  }
  execFileSync('oxlint', ['--deny-warnings'], { cwd: root, stdio: 'ignore' })
})

test('only a clock may read the time', () => {
  const { stdout } = lint(`${server}/domain/planted.ts`, 'export const now = () => Date.now()\n')
  assert.match(stdout, /no-restricted-globals/)
})

test('only the platform and the scheduler may use timers', () => {
  const waits = 'export const wait = (work: () => void) => setTimeout(work, 1)\n'
  for (const layer of ['domain', 'jobs', 'store', 'http'])
    assert.match(lint(`${server}/${layer}/planted.ts`, waits).stdout, /no-restricted-globals/)
  assert.doesNotMatch(lint(`${server}/jobs/scheduler.ts`, waits).stdout, /no-restricted-globals/)
})

/** Lints one planted file in a temporary folder with the rules; the repository is not changed. */
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
