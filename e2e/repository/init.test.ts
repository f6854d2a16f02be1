// `countersign init` writes applications that work as they are: their own tests pass.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { frameworks, insideFrameworks } from '../../packages/server/src/cli/commands/init.ts'
import { version } from '../../packages/server/src/domain/kernel/version.ts'
import { countersignHere } from '../../packages/server/src/cli/in-process.fixture.ts'
import { blockOf } from '@countersign/testing/guides'
import { root, scratch } from '@countersign/testing/files'
import { freePort, post } from '@countersign/testing/http'
import { run, start } from '@countersign/testing/process'

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
}

const portOfServer = { COUNTERSIGN_HTTP_PORT: '5050' }

suite('countersign init', () => {
  const folder = scratch()
  after(() => folder[Symbol.dispose]())
  const packages = join(folder.path, 'packages')
  before(() => {
    symlinkSync(join(root, 'node_modules'), join(folder.path, 'node_modules')) // instead of npm install
    mkdirSync(packages)
    for (const name of ['token', 'guard', 'server'])
      writeFileSync(join(packages, `countersign-${name}-${version}.tgz`), '')
  })
  const node = [process.execPath, '--conditions=@countersign/source']

  /** Writes an application, and returns the names of its files. */
  async function write(name: string, ...options: readonly string[]) {
    const directory = join(folder.path, name)
    const words = ['init', directory, '--packages', packages, ...options]
    const { code, output } = await countersignHere(words, { env: portOfServer })
    assert.equal(code, 0, output)
    return readdirSync(directory).toSorted()
  }

  test('writes an application for each framework, whose tests pass', async () => {
    for (const framework of frameworks)
      assert.deepEqual(await write(framework, '--framework', framework), [
        'app.test.ts',
        'app.ts',
        'package.json',
      ])
    const files = frameworks.map((one) => join(folder.path, one, 'app.test.ts'))
    const { code, output } = await run([...node, '--test', ...files], { cwd: folder.path })
    assert.equal(code, 0, output)
    assert.match(output, /pass 1\d/, 'the tests of all')
  })

  test('the application accepts the issuer of the settings', () => {
    for (const framework of frameworks) {
      const app = readFileSync(join(folder.path, framework, 'app.ts'), 'utf8')
      assert.match(app, /\['ISSUER'\] \?\? 'http:\/\/localhost:5050'/, framework)
    }
  })

  test('the application brings the Node of this repository, and an older one fails its tests instead of finding none', async () => {
    const manifest = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Manifest
    const { optionalDependencies, scripts } = manifest(join(folder.path, 'hono', 'package.json'))
    assert.deepEqual(
      optionalDependencies,
      manifest(join(root, 'package.json')).optionalDependencies,
    )
    assert.equal(scripts['test'], 'node --test "**/*.test.ts"') // without a pattern Node 20 finds no test, and passes
  })

  test('the README shows the guard that the application has', () => {
    const shown = blockOf('../../README.md', 'ts', 2)
    const app = readFileSync(join(folder.path, 'hono', 'app.ts'), 'utf8')
    const own = shown.match(/^app\..*$|createGuard\(\{.*\}\)/gm) ?? []
    assert.equal(own.length, 2)
    for (const code of own) assert.ok(app.includes(code), code)
  })

  test('writes an application with the server inside, whose tests pass, and which signs in', async () => {
    for (const framework of insideFrameworks)
      assert.deepEqual(await write(`inside-${framework}`, '--inside', '--framework', framework), [
        'app.test.ts',
        'app.ts',
        'package.json',
        'page.ts',
        'start.ts',
      ])
    const tests = insideFrameworks.map((one) => join(folder.path, `inside-${one}`, 'app.test.ts'))
    const { code, output } = await run([...node, '--test', ...tests], { cwd: folder.path })
    assert.equal(code, 0, output)
    assert.match(output, /pass 8/, 'the tests of all')
    const port = String(await freePort())
    const command = [process.execPath, '--conditions=@countersign/source', 'app.ts']
    const env = { PORT: port, NODE_ENV: 'development', COUNTERSIGN_DATABASE_URL: 'sqlite::memory:' }
    await using _ = await start(command, { env, cwd: join(folder.path, 'inside-express') })
    const admin = { username: 'admin', password: 'password' }
    assert.equal((await post(`http://localhost:${port}/auth/login`, admin)).status, 200)
  })

  test('refuses a directory with files, an unknown framework and a folder without packages, and writes nothing', async () => {
    const used = join(folder.path, 'used')
    mkdirSync(used)
    writeFileSync(join(used, 'app.ts'), 'mine')
    const unused = join(folder.path, 'unused')
    for (const [reason, ...words] of [
      [/new or empty/, used, '--packages', packages],
      [/must be one of hono/, unused, '--packages', packages, '--framework', 'rails'],
      [/--inside is for/, unused, '--packages', packages, '--framework', 'koa', '--inside'],
      [/has no countersign-token.*npm run packages/, unused, '--packages', folder.path],
      [/not on npm yet.*npm run packages/, unused],
    ] as const) {
      const { code, output } = await countersignHere(['init', ...words])
      assert.equal(code, 2, output)
      assert.match(output, reason)
      assert.match(output, /argument_invalid/)
    }
    assert.deepEqual(readdirSync(used), ['app.ts'])
    assert.ok(!readdirSync(folder.path).includes('unused'))
  })
})
