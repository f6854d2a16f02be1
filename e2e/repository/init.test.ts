// `countersign init` writes applications that work as they are: their own tests pass.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { frameworks, insideFrameworks } from '../../packages/server/src/cli/commands/init.ts'
import { countersignHere } from '../../packages/server/src/cli/in-process.fixture.ts'
import { root, scratch } from '@countersign/testing/files'
import { freePort, post } from '@countersign/testing/http'
import { run, start } from '@countersign/testing/process'

suite('countersign init', () => {
  const folder = scratch()
  after(() => folder[Symbol.dispose]())

  test('writes an application for each framework, whose tests pass', async () => {
    symlinkSync(join(root, 'node_modules'), join(folder.path, 'node_modules')) // instead of npm install
    for (const framework of frameworks) {
      const directory = join(folder.path, framework)
      const { code, output } = await countersignHere(['init', directory, '--framework', framework])
      assert.equal(code, 0, output)
      assert.deepEqual(readdirSync(directory).toSorted(), ['app.test.ts', 'app.ts', 'package.json'])
    }
    const files = frameworks.map((one) => join(folder.path, one, 'app.test.ts'))
    const node = [process.execPath, '--conditions=@countersign/source']
    const { code, output } = await run([...node, '--test', ...files], { cwd: folder.path })
    assert.equal(code, 0, output)
    assert.match(output, /pass 1\d/, 'the tests of all')
  })

  test('writes an application with the server inside, which signs in', async () => {
    for (const framework of insideFrameworks) {
      const directory = join(folder.path, `inside-${framework}`)
      const words = ['init', directory, '--inside', '--framework', framework]
      const { code, output } = await countersignHere(words)
      assert.equal(code, 0, output)
      const files = ['app.ts', 'package.json', 'page.ts', 'start.ts']
      assert.deepEqual(readdirSync(directory).toSorted(), files)
    }
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
    for (const words of [
      [used],
      [unused, '--framework', 'rails'],
      [unused, '--framework', 'koa', '--inside'],
      [unused, '--packages', folder.path],
    ]) {
      const { code, output } = await countersignHere(['init', ...words])
      assert.equal(code, 2, output)
      assert.match(output, /argument_invalid/)
    }
    assert.deepEqual(readdirSync(used), ['app.ts'])
    assert.ok(!readdirSync(folder.path).includes('unused'))
  })
})
