// The one-file program, in an empty folder of a machine without Node.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { root, scratch } from '@countersign/testing/files'
import { freePort, get, post } from '@countersign/testing/http'
import { run, start } from '@countersign/testing/process'

const key = randomBytes(32).toString('base64')

suite('the one-file program, in an empty folder without Node', () => {
  const folder = scratch()
  const program = join(folder.path, 'countersign')
  const cwd = join(folder.path, 'empty')
  const temporary = join(folder.path, 'temporary')
  const bare = { PATH: '', TMPDIR: temporary, NODE_OPTIONS: '', NODE_COMPILE_CACHE: '' }
  before(async () => {
    mkdirSync(cwd)
    mkdirSync(temporary)
    const command = [process.execPath, 'scripts/program.ts', '--output', program]
    const { code, output } = await run(command)
    assert.equal(code, 0, output)
  })
  after(() => folder[Symbol.dispose]())

  test('does what the tutorial does, in development', async () => {
    const port = await freePort()
    const url = `http://localhost:${port}`
    const env = { ...bare, COUNTERSIGN_HTTP_PORT: String(port) }
    await using server = await start([program, 'dev'], { env, cwd })
    const { status, body } = await post(`${url}/login`, { username: 'admin', password: 'password' })
    assert.equal(status, 200, server.output())
    const answer = await get(`${url}/protected`, String(body['token']))
    assert.deepEqual(answer.body, { message: 'Hello, admin. You are authenticated!' })
    assert.equal((await get(`${url}/protected`)).body['message'], 'Token is missing!')
    const wrong = await post(`${url}/login`, { username: 'admin', password: 'wrong' })
    assert.deepEqual([wrong.status, wrong.body['message']], [401, 'Invalid credentials'])
    const page = await (await fetch(`${url}/console`)).text()
    const [, style = ''] = /href="([^"]+\.css)"/.exec(page) ?? []
    assert.equal((await fetch(url + style)).status, 200)
    assert.match(server.output(), /INFO.*started/, 'the readable log')
  })

  test('serves in production: sign-in, common passwords, metrics, a clean stop', async () => {
    const [port, metrics] = [await freePort(), await freePort()]
    const url = `http://localhost:${port}`
    const env = {
      ...bare,
      COUNTERSIGN_ISSUER_URL: 'https://auth.example.com',
      COUNTERSIGN_HTTP_PORT: String(port),
      COUNTERSIGN_METRICS_PORT: String(metrics),
      COUNTERSIGN_KEYS_ENCRYPTION_KEY: key,
    }
    const common = await run([program, 'user', 'add', 'ada'], {
      env,
      cwd,
      input: 'passwordpassword',
    })
    assert.match(common.output, /password_common/)
    const password = 'correct horse battery'
    const added = await run([program, 'user', 'add', 'ada'], { env, cwd, input: password })
    assert.equal(added.code, 0, added.output)
    assert.match((await run([program, 'user', 'list'], { env, cwd })).output, /ada/)
    await using server = await start([program, 'serve'], { env, cwd })
    const { status } = await post(`${url}/login`, { username: 'ada', password })
    assert.equal(status, 200, server.output())
    assert.match(await (await fetch(`http://localhost:${metrics}/metrics`)).text(), /countersign_/)
    await server.stop()
    assert.equal(await server.ended, 0, server.output())
  })

  test('has the drivers of PostgreSQL and of mail', async () => {
    const env = {
      ...bare,
      COUNTERSIGN_ISSUER_URL: 'https://auth.example.com',
      COUNTERSIGN_KEYS_ENCRYPTION_KEY: key,
    }
    const database = { ...env, COUNTERSIGN_DATABASE_URL: 'postgres://nouser@127.0.0.1:1/none' }
    const listed = await run([program, 'user', 'list'], { env: database, cwd })
    assert.match(listed.output, /database_unreachable/)
    const mail = {
      ...env,
      COUNTERSIGN_MAIL_HOST: 'localhost',
      COUNTERSIGN_MAIL_PORT: '1',
      COUNTERSIGN_MAIL_FROM: 'no-reply@example.com',
    }
    const sent = await run([program, 'mail', 'test', 'ada@example.com'], { env: mail, cwd })
    assert.match(sent.output, /ECONNREFUSED/)
  })

  test('unpacks nothing to disk, and has the licenses and the list of its parts beside it', () => {
    assert.deepEqual(readdirSync(cwd), ['data'])
    assert.deepEqual(readdirSync(temporary), [])
    const licenses = readFileSync(`${program}.licenses.txt`, 'utf8')
    const { components } = JSON.parse(readFileSync(`${program}.cdx.json`, 'utf8')) as {
      readonly components: readonly { readonly name: string; readonly purl: string }[]
    }
    const names = new Set(components.map(({ name }) => name))
    for (const part of ['node', '@node-rs/argon2', 'hono', 'zod', 'pg', 'nodemailer']) {
      assert.ok(names.has(part), part)
      assert.match(licenses, new RegExp(`^== ${part} \\d`, 'm'))
    }
    assert.ok(!names.has('esbuild') && !names.has('typescript'))
    assert.ok(licenses.includes(readFileSync(join(root, 'LICENSE'), 'utf8').trim()))
  })
})
