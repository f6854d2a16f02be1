import { scratch } from '@countersign/testing/files'
import { run } from '@countersign/testing/process'
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

const head = "import { test } from 'node:test'\nimport assert from 'node:assert'\n"
const planted = {
  'packages/a/src/good.test.ts': `${head}test('one', (t) => t.diagnostic('3 ms'))\ntest.skip('two', () => {})\n`,
  'packages/a/src/process.test.ts': `import './helper.fixture.ts'\n${head}test('three', () => {})\n`,
  'packages/a/src/helper.fixture.ts': "import 'node:child_process'\n",
  'packages/a/src/types.test.ts': `import type { ChildProcess } from 'node:child_process'\n${head}test('four', () => assert.ok(1 as unknown as ChildProcess))\n`,
  'packages/a/src/source.test.ts': `import './source.ts'\n${head}test('five', () => {})\n`,
  'packages/a/src/source.ts': "import 'node:child_process'\n",
  'e2e/deep/bad.test.ts': `${head}test('outer', async (t) => {\n  await t.test('inner', () => assert.deepEqual({ a: 1 }, { a: 2 }))\n})\n`,
  'e2e/late/late.test.ts': `${head}test('ends', () => setTimeout(() => { throw new Error('too late') }, 1))\ntest('waits', () => new Promise((r) => setTimeout(r, 50)))\n`,
  'e2e/rejects/rejects.test.ts': `${head}test('goes on', async () => {\n  void Promise.reject(new Error('it was lost'))\n  await new Promise((r) => setTimeout(r, 50))\n})\n`,
  'e2e/lives/lives.test.ts': `import net from 'node:net'\n${head}test('takes long', () => new Promise((r) => setTimeout(r, 4000)))\ntest('leaves a server', () => net.createServer().listen(0))\n`,
  'e2e/hook/hook.test.ts': `import { after } from 'node:test'\n${head}after(() => { throw new Error('broken hook') })\ntest('passes', () => {})\n`,
  'e2e/loads/loads.test.ts': `${head}import './missing.ts'\n`,
  'e2e/dead/dead.test.ts': `${head}test('leaves', () => {\n  console.log('last words')\n  process.exit(3)\n})\n`,
}

/** Runs the test runner on the planted files. */
async function runPlanted(...args: readonly string[]) {
  using folder = scratch()
  for (const [file, text] of Object.entries(planted)) {
    mkdirSync(join(folder.path, dirname(file)), { recursive: true })
    writeFileSync(join(folder.path, file), text)
  }
  const unset = ['env', '-u', 'NODE_TEST_CONTEXT'] // or Node would refuse to run tests within tests
  const program = [...unset, process.execPath, 'scripts/test.ts', ...args, '--root', folder.path]
  return await run(program, { env: { FORCE_COLOR: '0', NO_COLOR: '1' } })
}

test('no test code of a unit test starts a process; the imports of sources do not count', async () => {
  const { code, output } = await runPlanted('unit', '--list')
  const names = ['good', 'source', 'types'].map((name) => `packages/a/src/${name}.test.ts\n`)
  assert.deepEqual([code, output], [0, names.join('')])
  const { output: others } = await runPlanted('e2e', '--list')
  assert.match(others, /e2e\/dead\/dead[^]*e2e\/deep\/bad[^]*packages\/a\/src\/process/)
})

test('a run prints a line for each file, and ends with the summary of Node', async () => {
  const { code, output } = await runPlanted('unit', '--times')
  assert.equal(code, 0, output)
  assert.match(output, /^✔ packages\/a\/src\/good\.test\.ts \(2 tests, 1 skipped, \d+\.\d s\)$/m)
  assert.match(
    output,
    /\nℹ tests 4\nℹ suites 0\nℹ pass 3\nℹ fail 0\nℹ cancelled 0\nℹ skipped 1\nℹ todo 0\nℹ duration_ms \d+\n/,
  )
  assert.doesNotMatch(output, /3 ms/)
  assert.match((await runPlanted('unit', '--figures')).output, /^3 ms$/m)
  assert.match(output, /\nprocessor time:\n( +\d+\.\d s {2}packages\/a\S+\n){3} +\d/)
})

test('failures come last, with names, location and difference; a file that exits early, fails late or does not end is a failure', async () => {
  const { code, output } = await runPlanted('all', '--limit', '30')
  assert.equal(code, 1)
  const [, failures = ''] = output.split('failing tests:')
  assert.match(failures, /✖ outer > inner\n {2}at e2e\/deep\/bad\.test\.ts:4:\d+\n[^]*a: 1[^]*a: 2/)
  assert.match(failures, /at e2e\/dead\/dead\.test\.ts:1:1\n[^]*ended with code 3[^]*last words/)
  assert.match(failures, /hook\/hook\.test\.ts[^]*broken hook/)
  assert.match(failures, /late\/late\.test\.ts[^]*Error: too late/)
  assert.match(failures, /rejects\/rejects\.test\.ts[^]*Error: it was lost/)
  assert.match(failures, /loads\/loads\.test\.ts[^]*Cannot find module/)
  assert.match(failures, /still ran 3 s after the last test/)
  assert.match(failures, /\nℹ fail 6\n/)
})

test('words select files by path; if no file matches, the error shows examples of paths', async () => {
  const { output } = await runPlanted('all', 'good', '--list')
  assert.equal(output, 'packages/a/src/good.test.ts\n')
  const { code, output: message } = await runPlanted('e2e', 'nothing')
  assert.equal(code, 1)
  assert.match(
    message,
    /No e2e test file whose path contains nothing\.\n[^]*e2e\/deep\/bad\.test\.ts/,
  )
})

test('each long proof selects at least one test file', async () => {
  for (const script of ['scripts/proofs.ts', 'scripts/cluster.ts']) {
    const { code, output } = await run([process.execPath, script, '--list'])
    assert.equal(code, 0, output)
    for (const line of output.trim().split('\n')) assert.match(line, /^[\w-]+: \S+\.test\.ts\b/)
  }
})
