// The image of deploy/Dockerfile: it passes the linters, and its steps make a server that runs as another user and writes to its volume only. There
// is no container engine here: the steps are replayed in folders.
import { validate } from 'dockerfile-utils'
import { DockerfileParser } from 'dockerfile-ast'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  readFileSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { findProgram, howToGet } from '@countersign/testing/debian'
import { root, scratch } from '@countersign/testing/files'
import { freePort, post } from '@countersign/testing/http'
import { countersign, run, start } from '@countersign/testing/process'
import { formOf } from '@countersign/testing/proofs'
import { copy, replay, type Image } from './dockerfile.fixture.ts'

const dockerfile = readFileSync(join(root, 'deploy/Dockerfile'), 'utf8')
const runSteps = DockerfileParser.parse(dockerfile)
  .getInstructions()
  .filter((one) => one.getKeyword() === 'RUN')
  .map((one) => one.getRawArgumentsContent() ?? '')
const isLong = formOf({ short: false, long: true })
const uid = 4321 // of no user
const maxMiB = 60 // of the files beside Node

test('a linter of Dockerfiles and one of shell scripts find nothing', (t) => {
  assert.deepEqual(validate(dockerfile), [])
  const shellcheck = findProgram('shellcheck')
  if (shellcheck === undefined) return t.skip(howToGet('shellcheck'))
  const script = ['#!/bin/sh', ...runSteps].join('\n')
  const { status, stdout } = spawnSync(shellcheck, ['-'], { input: script, encoding: 'utf8' })
  assert.equal(status, 0, stdout)
  const files = [join(root, 'deploy/secrets.sh')]
  const checked = spawnSync(shellcheck, files, { encoding: 'utf8' })
  assert.equal(checked.status, 0, checked.stdout)
})

test('the build context leaves out secrets, databases and what is installed', () => {
  for (const name of [
    'secrets/key',
    'deploy/secrets/key',
    'data/development.db',
    '.git',
    'packages/server/node_modules',
  ])
    assert.equal(isInContext(join(root, name)), false, name)
  assert.equal(isInContext(join(root, 'packages/server/data/common-passwords.bin')), true)
})

/** Puts into a folder what `npm ci`, `npm run build` and `npm ci --omit=dev` leave there, without running them: they take two minutes. */
function builtHere(folder: string): void {
  const listed = spawnSync(
    'npm',
    [
      'ls',
      '--package-lock-only',
      '--omit=dev',
      '--workspace',
      'packages/server',
      '--all',
      '--parseable',
    ],
    { cwd: root, encoding: 'utf8' },
  ).stdout.split('\n')
  const installed = listed
    .map((path) => path.slice(root.length))
    .filter((path) => path.includes('node_modules/'))
  for (const path of installed)
    if (existsSync(join(root, path))) copy(join(root, path), join(folder, path))
  for (const part of ['package.json', 'assets', 'data', 'src/cli/countersign.ts'])
    cpSync(join(root, 'packages/server', part), join(folder, 'packages/server', part), {
      recursive: true,
    })
  const program = countersign.at(-1) ?? ''
  assert.match(program, /countersign\.js$/, 'the bundle of scripts/test.ts')
  const bin = join(folder, 'packages/server/dist/bin')
  cpSync(dirname(program), bin, {
    recursive: true,
    filter: (path) => !/\/(\.cache|package\.json)$/.test(path),
  })
}

suite(
  'the image, replayed as another user',
  { skip: process.getuid?.() !== 0 && 'needs root' },
  () => {
    const folder = scratch()
    let image: Image
    before(async () => {
      const instead = (step: string, here: string) => {
        if (step === 'COPY . .') {
          if (isLong) cpSync(root, here, { recursive: true, filter: isInContext })
          return true
        }
        if (isLong || !step.startsWith('RUN npm ci')) return false
        builtHere(here)
        return true
      }
      image = replay(dockerfile, folder.path, { instead, uid })
      chmodSync(folder.path, 0o755)
      copy(realpathSync(process.execPath), join(folder.path, 'bin/node'))
    })
    after(() => folder[Symbol.dispose]())

    test('it is small, runs as an ordinary user, and has no sources and no tests', () => {
      assert.equal(image.user, 'node')
      const files = globSync('srv/**/*', { cwd: image.folder }).map((name) =>
        join(image.folder, name),
      )
      const bytes = files.map((file) => statSync(file)).filter((one) => one.isFile())
      const total = bytes.reduce((sum, { size }) => sum + size, 0) / 2 ** 20
      assert.ok(total < maxMiB, `${total} MiB`)
      const own = files.filter((file) => !file.includes('/node_modules/'))
      assert.deepEqual(
        own.filter((file) => /\/src\/|\.(map|test\.\w+)$/.test(file)),
        [],
      )
    })

    test('it serves, answers its health check, and writes to its volume only', async (t) => {
      const port = await freePort()
      const env = {
        PATH: join(folder.path, 'bin'),
        ...image.env,
        COUNTERSIGN_HTTP_PORT: String(port),
        COUNTERSIGN_PROXY_ADDRESSES: '127.0.0.1',
        COUNTERSIGN_ISSUER_URL: 'https://auth.example.com',
        COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      }
      const options = { env, cwd: join(image.folder, image.workdir), uid }
      assert.notEqual((await run(image.healthCheck, options)).code, 0, 'no server yet')
      const password = 'correct horse battery'
      const added = await run([...image.entrypoint, 'user', 'add', 'ada'], {
        ...options,
        input: password,
      })
      assert.equal(added.code, 0, added.output)
      const from = performance.now()
      await using server = await start([...image.entrypoint, ...image.command], options)
      t.diagnostic(`listens after ${Math.round(performance.now() - from)} ms`)
      assert.equal((await run(image.healthCheck, options)).code, 0, server.output())
      const { status } = await post(`http://127.0.0.1:${port}/login`, { username: 'ada', password })
      assert.equal(status, 200, server.output())
      const written = globSync('**/*', { cwd: image.folder }).filter(
        (name) => statSync(join(image.folder, name)).uid === uid,
      )
      assert.deepEqual(
        written.filter((name) => !name.startsWith('srv/data')),
        [],
      )
      assert.ok(written.includes('srv/data/countersign.db'))
      await server.stop()
      assert.equal(await server.ended, 0, server.output())
    })
  },
)

/** Reports whether a file belongs to the build context: `.dockerignore` leaves out the others. */
function isInContext(path: string): boolean {
  const name = path.slice(root.length)
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')
  return !ignored.some((line) => {
    if (line === '' || line.startsWith('#')) return false
    const anywhere = line.startsWith('**/') ? line.slice(3) : undefined
    if (anywhere?.startsWith('*')) return name.endsWith(anywhere.slice(1))
    if (anywhere !== undefined) return name.split('/').includes(anywhere)
    return name === line || name.startsWith(`${line}/`)
  })
}
